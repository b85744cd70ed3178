import {
  OperatorError,
  OutputError,
  type OutputErrorCode,
  TransientError,
  whoseFault,
} from '#errors'

/** Who must act, and what they would type. */
export interface TaskError {
  code: string
  message: string
  remedy: string
}

/** What the customer reads. Of a fault of ours it says that it is ours, and nothing of its inside. */
export function taskErrorOf(error: unknown, task: { id: string; outputId: string }): TaskError {
  const { code, message } = shownError(error)
  if (error instanceof OutputError) {
    const search = isOfBucket(error.code)
      ? ` Then: npx sluice exports retry ${task.id} To find the cause: npx sluice outputs verify ${task.outputId}`
      : ''
    return { code, message, remedy: error.remedy + search }
  }
  const whose = whoseFault(code) === 'sluice' ? 'The fault is on Sluice’s side. ' : ''
  return {
    code,
    message,
    remedy:
      `${whose}Nothing has to change in your AWS account. Retry the task later: npx sluice exports retry ` +
      `${task.id} If it fails again, tell the operator of Sluice this id.`,
  }
}

/** Code and message of a failure, as anyone may read them. */
export function shownError(error: unknown): { code: string; message: string } {
  const isKnown =
    error instanceof OutputError ||
    error instanceof OperatorError ||
    error instanceof TransientError
  if (isKnown) return { code: error.code, message: error.message }
  return { code: 'INTERNAL', message: 'Sluice has failed at this task.' }
}

/** What verification of the output would find too. */
function isOfBucket(code: OutputErrorCode): boolean {
  switch (code) {
    case 'OBJECT_EXISTS':
    case 'OUTPUT_DELETED':
    case 'SAMPLES_EXPIRED':
    case 'CANCELLED':
      return false
    default:
      return true
  }
}

/** Of a task in CANCELLED, for those who know ERROR alone. */
export function cancelledError(taskId: string): TaskError {
  return {
    code: 'CANCELLED',
    message:
      'The export task was cancelled; the files that were delivered by then are in the bucket.',
    remedy: `To deliver the others too: npx sluice exports retry ${taskId}`,
  }
}
