import {
  AccessError,
  ConnectionError,
  ExportTaskError,
  InvalidRequestError,
  NotFoundError,
  ServiceError,
} from '@sluice/sdk'

/** How the command ends. Documented in README.md; scripts depend on it. */
export const exitCodes = {
  done: 0,
  /** The service or the network failed. Trying again may help. */
  failed: 1,
  /** The command or what it sends must change. */
  usage: 2,
  /** No such thing, or not allowed. */
  notFound: 3,
  /** The export task ended in ERROR; the remedy was printed. */
  exportError: 4,
  /** Some rows of an import were rejected; the others are stored. */
  rowsRejected: 5,
  /** An export would fail, by pasted policies or by what was tried. */
  wouldFail: 6,
} as const

export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** What happened, why, and what to type next. */
export function describeError(error: unknown): { text: string; exitCode: number } {
  if (error instanceof UsageError) return { text: error.message, exitCode: exitCodes.usage }
  if (error instanceof ConnectionError)
    return {
      text: `${error.message} Is it running? Try npm run dev, or set SLUICE_API_URL.`,
      exitCode: exitCodes.failed,
    }
  if (error instanceof ExportTaskError)
    return {
      text: `The export task ${error.taskId} ended in ERROR (${error.code}).\n${error.message}\n\nWhat to do: ${error.remedy}`,
      exitCode: exitCodes.exportError,
    }
  if (error instanceof AccessError)
    return {
      text: withRequest(error, `${error.message} See SLUICE_API_KEY or --api-key.`),
      exitCode: exitCodes.notFound,
    }
  if (error instanceof NotFoundError)
    return { text: withRequest(error, error.message), exitCode: exitCodes.notFound }
  if (error instanceof InvalidRequestError) {
    return { text: withRequest(error, mistakesOf(error)), exitCode: exitCodes.usage }
  }
  if (error instanceof ServiceError)
    return { text: withRequest(error, error.message), exitCode: exitCodes.failed }
  const text = error instanceof Error ? error.message : String(error)
  return { text, exitCode: exitCodes.failed }
}

/** A line for each; the message of this code has them all in one. */
function mistakesOf({ code, message, details }: InvalidRequestError): string {
  const isListed = code === 'INVALID_REQUEST' && details.length > 0
  const said = isListed ? 'The request is not valid.' : message
  return [said, ...details.map((text) => `  ${nameOption(text)}`)].join('\n')
}

/** Members of the API that an option has another name for. */
const optionNames = new Map([
  ['startTime', '--from'],
  ['endTime', '--to'],
  ['licenseKey', '--license'],
  ['output.outputId', '--output'],
  ['output.outputPath', '--path'],
])

/** A mistake begins with the member that has it. */
function nameOption(mistake: string): string {
  return mistake.replace(/^\S+/, (member) => {
    const option = optionNames.get(member)
    return option === undefined ? member : `${member} (${option})`
  })
}

function withRequest({ requestId }: { requestId: string | undefined }, text: string): string {
  return requestId === undefined ? text : `${text}\n(request ${requestId})`
}
