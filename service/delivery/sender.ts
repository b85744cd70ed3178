import { Readable } from 'node:stream'
import type { S3ClientConfig } from '@aws-sdk/client-s3'
import { type HttpRequest, HttpResponse } from '@smithy/core/protocols'
import { startThread } from '#thread'
import type { FileRange, PlainResponse, Task } from './sending-thread.ts'

/** Sends what the S3 client has signed, in a thread of its own; one for all buckets. */
export interface Sender extends AsyncDisposable {
  /** For the S3 client. Its connections outlive the client. */
  readonly requestHandler: NonNullable<S3ClientConfig['requestHandler']>
  /** The CRC64NVME, in base64. */
  checksumOf(range: FileRange, signal: AbortSignal): Promise<string>
}

export function startSender(): Sender {
  const thread = startThread(new URL('./sending-thread.ts', import.meta.url))
  const handle = async (
    { method, protocol, hostname, port, path, query, headers, body }: HttpRequest,
    { abortSignal }: { abortSignal?: AbortSignal } = {},
  ) => {
    const request = { method, protocol, hostname, port, path, query, headers }
    const task: Task = {
      kind: 'send',
      request,
      body: body instanceof FileBody ? body.range : body,
    }
    const signal = abortSignal ?? new AbortController().signal
    const answer = await thread.run<PlainResponse>(task, { signal })
    return { response: new HttpResponse({ ...answer, body: Readable.from([answer.body]) }) }
  }
  return {
    requestHandler: { handle, metadata: { handlerProtocol: 'http/1.1' } },
    checksumOf: (range, signal) => thread.run({ kind: 'checksum', range }, { signal }),
    [Symbol.asyncDispose]: () => thread[Symbol.asyncDispose](),
  }
}

/** What an S3 command takes as a body whose bytes are in a file: a stream that is read in the other thread. */
export class FileBody extends Readable {
  readonly range: FileRange
  constructor(range: FileRange) {
    super()
    this.range = range
  }
  override _read(): void {
    this.destroy(new Error('The bytes of a FileBody are read by the sending thread.'))
  }
}
