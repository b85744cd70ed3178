import { join } from 'node:path'
import type { AwsError } from '../errors.ts'
import type { S3 } from '../server.ts'
import type { State } from '../state.ts'
import { readAddress } from './address.ts'
import { createBuckets } from './buckets.ts'
import { readHeaders, readQueryOf, type Storage } from './call.ts'
import { openCatalog } from './catalog.ts'
import { createKmsKeys, type KmsKeys } from './kms-keys.ts'
import { openObjectFiles } from './object-files.ts'
import { createObjects } from './objects.ts'
import { operationOf } from './operations.ts'
import { createUploads } from './uploads.ts'
import { writeErrorXml } from './xml.ts'

export interface LocalS3 extends S3 {
  readonly kmsKeys: KmsKeys
  close(): Promise<void>
}

/** S3 with its buckets and bodies in the data directory. What a dead process left unfinished is removed first. */
export async function openS3(options: {
  dataDirectory: string
  state: State
  clock: () => Date
}): Promise<LocalS3> {
  const { state, clock } = options
  const directory = join(options.dataDirectory, 's3')
  const catalog = openCatalog(directory)
  const objectFiles = await openObjectFiles(join(directory, 'objects'))
  await catalog.removeLoose(objectFiles, catalog.listLooseFiles())
  const kmsKeys = createKmsKeys(catalog, state)
  const storage: Storage = {
    state,
    catalog,
    buckets: createBuckets(catalog),
    objects: createObjects(catalog),
    uploads: createUploads(catalog),
    objectFiles,
    kmsKeys,
  }
  return {
    kmsKeys,
    async handle(request, response, caller) {
      const query = readQueryOf(request)
      const headers = readHeaders(request, query)
      const address = readAddress(headers.get('host') ?? '', request.url ?? '/')
      const call = { ...address, request, response, caller, storage, now: clock(), query, headers }
      await operationOf(call)(call)
    },
    sendError(request, response, error, requestId) {
      const body = Buffer.from(writeErrorXml(membersOf(error, requestId)))
      const hasBody = request.method !== 'HEAD' && error.status !== 304
      response.setHeader('content-type', 'application/xml')
      if (hasBody) response.setHeader('content-length', body.length)
      response.writeHead(error.status)
      response.end(hasBody ? body : undefined)
    },
    close: async () => {
      await objectFiles.close()
      catalog.close()
    },
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#RESTErrorResponses */
function membersOf({ code, message, members }: AwsError, requestId: string) {
  const isOurs = code === 'InternalFailure'
  return {
    Code: isOurs ? 'InternalError' : code,
    Message: isOurs ? 'We encountered an internal error. Please try again.' : message,
    ...members,
    RequestId: requestId,
    HostId: 'local-aws',
  }
}
