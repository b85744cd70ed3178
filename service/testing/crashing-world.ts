/**
 * A world that makes an export task and dies by `kill -9` at one step of it; a process of its own, since
 * everything in it dies. Earlier tasks on the same data directory go on meanwhile. Arguments, as JSON: the
 * data directory and environment, the step, and the task. It ends with 0 when the step never came.
 */
import { createServer, type IncomingMessage, request as requestHttp } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { createClient, type NewExportTask } from '@sluice/sdk'
import { smallSizes, startWorld } from './testing.ts'

export interface CrashStep {
  readonly name: string
  /** The call to AWS that is about the step; absent: the end of the task. */
  readonly call?: CrashCall
  /** Dies before AWS hears of it, or when AWS has done it and nobody else knows. */
  readonly at?: 'request' | 'answer'
}

type CrashCall =
  | 'AssumeRole'
  | 'PutObject'
  | 'CreateMultipartUpload'
  | 'UploadPart'
  | 'CompleteMultipartUpload'
  | 'put of the manifest'

/** The same for all that work on one data directory. */
export const crashWorker = {
  concurrency: 2,
  pollMs: 20,
  leaseMs: 2_000,
  budget: { failuresMax: 20, firstDelayMs: 50, delayMsMax: 500 },
}

const MINUTE_MS = 60_000

function die(): never {
  process.kill(process.pid, 'SIGKILL')
  throw new Error('unreachable')
}

function callOf({ method, url = '' }: IncomingMessage, body: Buffer): CrashCall | undefined {
  const { pathname, searchParams } = new URL(url, 'http://localhost')
  if (pathname === '/') return body.includes('Action=AssumeRole') ? 'AssumeRole' : undefined
  if (method === 'POST' && searchParams.has('uploads')) return 'CreateMultipartUpload'
  if (method === 'POST' && searchParams.has('uploadId')) return 'CompleteMultipartUpload'
  if (method !== 'PUT') return undefined
  if (searchParams.has('uploadId')) return 'UploadPart'
  return pathname.includes('/manifest-') ? 'put of the manifest' : 'PutObject'
}

/** Passes everything on, until the step comes. */
function startFront(awsEndpointUrl: string, step: CrashStep): Promise<string> {
  const { hostname, port } = new URL(awsEndpointUrl)
  const front = createServer(async (request, response) => {
    const body = await buffer(request)
    const isItsTask = step.call === 'AssumeRole' || request.url?.includes(`/${step.name}/`)
    const isStep = isItsTask && step.call !== undefined && callOf(request, body) === step.call
    if (isStep && step.at === 'request') die()
    const { method, headers, url: path } = request
    const onward = requestHttp({ hostname, port, method, headers, path }, (answered) => {
      if (isStep) answered.resume().once('end', die)
      else answered.pipe(response.writeHead(answered.statusCode ?? 500, answered.headers))
    })
    onward.on('error', () => response.destroy())
    onward.end(body)
  })
  return new Promise((done) =>
    front.listen(0, '127.0.0.1', () => done(`http://127.0.0.1:${Object(front.address()).port}`)),
  )
}

async function crash(
  place: { dataDirectory: string; env: Record<string, string> },
  step: CrashStep,
  task: NewExportTask,
): Promise<void> {
  const world = await startWorld({
    ...place,
    probePauseMs: 1,
    worker: crashWorker,
    sizes: smallSizes,
    frontOf: (awsEndpointUrl) => startFront(awsEndpointUrl, step),
  })
  const [organization] = world.organizations
  const client = createClient({ apiUrl: world.apiUrl, apiKey: organization?.apiKey ?? '' })
  const { id } = await client.exportTasks.create(task)
  const signal = AbortSignal.timeout(MINUTE_MS)
  await client.exportTasks.waitUntilFinished(id, { signal, pollMs: 20 })
  if (step.call === undefined) die()
  process.exit(0)
}

if (import.meta.main) {
  const [place = '', step = '', task = ''] = process.argv.slice(2)
  await crash(JSON.parse(place), JSON.parse(step), JSON.parse(task))
}
