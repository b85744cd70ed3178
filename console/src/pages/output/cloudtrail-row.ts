import type { Client } from '@sluice/sdk'

type Outputs = Client['outputs']['s3RoleBased']
type Access = ReturnType<Outputs['listAccesses']> extends AsyncIterable<infer Item> ? Item : never

/** A use of a role, in the words of CloudTrail. */
export interface CloudTrailRow {
  id: string
  eventTime: string
  eventName: string
  requestIds: string[]
  accessKeyId: string | undefined
  roleSessionName: string
  objectKey: string | undefined
  /** Absent: AWS did what it was asked. */
  errorCode: string | undefined
  why: string
  taskId: string | undefined
}

/** The API’s words for what CloudTrail calls by the operation; complete by type. */
const eventNames: Record<Access['action'], string> = {
  PROVE_ROLE: 'AssumeRole',
  OPEN_SESSION: 'AssumeRole',
  FIND_REGION: 'HeadBucket',
  PUT_OBJECT: 'PutObject or UploadPart',
  ABORT_UPLOAD: 'AbortMultipartUpload',
  DELETE_OBJECT: 'DeleteObject',
}

export function rowOf(access: Access): CloudTrailRow {
  const { id, at, action, stsRequestIds, s3RequestIds, outcome, why } = access
  return {
    id,
    eventTime: at,
    eventName: eventNames[action],
    requestIds: [...stsRequestIds, ...s3RequestIds],
    accessKeyId: access.accessKeyId,
    roleSessionName: access.sessionName,
    objectKey: access.objectKey,
    errorCode: outcome === 'OK' ? undefined : outcome,
    why,
    taskId: access.taskId,
  }
}
