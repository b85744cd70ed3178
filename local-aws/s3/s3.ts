import { join } from 'node:path'
import type { Authenticate } from '../authentication.ts'
import { identityOf } from '../calls/call-event.ts'
import { notImplemented } from '../errors.ts'
import type { FaultRules } from '../faults/faults.ts'
import { meetFaults } from '../faults/strike.ts'
import type { Service } from '../server.ts'
import type { State } from '../state.ts'
import { readAddress } from './address.ts'
import { createBuckets } from './buckets.ts'
import { readHeaders, readQueryOf, type Storage } from './call.ts'
import { openCatalog } from './catalog.ts'
import { describeCall } from './describe-call.ts'
import { membersOf, sendErrorIn200 } from './error-answers.ts'
import { createKmsKeys, type KmsKeys } from './kms-keys.ts'
import { openObjectFiles } from './object-files.ts'
import { createObjects } from './objects.ts'
import { operationOf } from './operations.ts'
import { createUploads } from './uploads.ts'
import { writeErrorXml } from './xml.ts'

interface LocalS3 extends Service {
  readonly kmsKeys: KmsKeys
  close(): Promise<void>
}

/** S3 with its buckets and bodies in the data directory. What a dead process left unfinished is removed first. */
export async function openS3(options: {
  dataDirectory: string
  state: State
  clock: () => Date
  authenticate: Authenticate
  faults: FaultRules
}): Promise<LocalS3> {
  const { state, clock, authenticate, faults } = options
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
    async handle(request, response, event) {
      const query = readQueryOf(request)
      const headers = readHeaders(request, query)
      const address = readAddress(headers.get('host') ?? '', request.url ?? '/')
      const asked = { ...address, request, query, headers }
      const { name, run } = operationOf(asked)
      describeCall(event, asked, name)
      const caller = await authenticate(request)
      event.userIdentity = identityOf(caller)
      event.awsRegion = caller.region
      const now = clock()
      const aftermath = await meetFaults(faults, { event, request, response, now })
      if (aftermath.isCut) return
      if (aftermath.isErrorIn200) return sendErrorIn200(request, response, event)
      if (!run) throw notImplemented(name)
      await run({ ...asked, response, caller, storage, now: clock() })
    },
    sendError(request, response, error, event) {
      const body = Buffer.from(writeErrorXml(membersOf(error, event)))
      const hasBody = request.method !== 'HEAD' && error.status !== 304
      for (const [name, value] of Object.entries(error.headers)) response.setHeader(name, value)
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
