/**
 * Every failure has a kind, and the kind says who must act: the caller, the customer in their AWS
 * account, the operator, nobody (it passes), or us (anything that is none of these). The catalogue is the
 * one list of codes; docs/errors.md is written from it.
 */

type Entry = { meaning: string } & (
  | { kind: 'caller' }
  /** The remedy: what the customer changes in AWS. */
  | { kind: 'output'; remedy: string }
  | { kind: 'operator' }
  /** Whose fault it is where it does not pass. */
  | { kind: 'transient'; fault: Exclude<Fault, 'customer'> }
)

/** Who had to do something else: `sluice` is our program, and whoever runs it. */
type Fault = 'customer' | 'aws' | 'sluice'

export const catalogue = {
  INVALID_REQUEST: {
    kind: 'caller',
    meaning: 'The request is malformed; `details` lists every mistake with its field.',
  },
  UNAUTHENTICATED: { kind: 'caller', meaning: 'The API key is missing, unknown or revoked.' },
  FORBIDDEN: {
    kind: 'caller',
    meaning: 'The key is valid, and may not do this or act in this organization.',
  },
  NOT_FOUND: {
    kind: 'caller',
    meaning:
      'There is no such thing in this organization. Another organization’s answers the same.',
  },
  CONFLICT: { kind: 'caller', meaning: 'The request contradicts something that exists already.' },
  TOO_LARGE: { kind: 'caller', meaning: 'The body is larger than this path accepts.' },
  TOO_MANY_REQUESTS: {
    kind: 'caller',
    meaning: 'Too many requests; wait for Retry-After seconds.',
  },

  OBJECT_EXISTS: {
    kind: 'output',
    meaning: 'An object that this task did not write lies under one of its keys.',
    remedy: 'Export to another outputPath, remove the object, or set output.overwrite to true.',
  },

  OUTPUT_DELETED: {
    kind: 'output',
    meaning: 'The output was deleted before its export task was done.',
    remedy: 'Create the output again, and the export task with its id.',
  },

  CANCELLED: {
    kind: 'output',
    meaning: 'Somebody cancelled the export task. Files that were delivered by then stay.',
    remedy: 'Retry the export task to deliver the others: npx sluice exports retry <id>.',
  },

  SAMPLES_EXPIRED: {
    kind: 'output',
    meaning: 'Samples of the window are older than the license keeps them, and are gone.',
    remedy: 'Export a window that begins later; a license keeps its samples for its retention.',
  },

  ROLE_NOT_ASSUMABLE: {
    kind: 'output',
    meaning: 'The role does not exist, or refuses our principal or the output’s external id.',
    remedy: 'Create the role under the output’s ARN, with the trust policy that the output needs.',
  },
  ROLE_IGNORES_EXTERNAL_ID: {
    kind: 'output',
    meaning: 'The role opened without the output’s external id, so nothing was sent.',
    remedy: 'Let the role’s trust policy demand exactly the output’s external id.',
  },
  EXTERNAL_ID_STILL_ACCEPTED: {
    kind: 'output',
    meaning: 'The role opens with an external id that it must refuse by now.',
    remedy: 'Take the old external id out of the role’s trust policy.',
  },
  SESSION_POLICY_TOO_LARGE: {
    kind: 'output',
    meaning: 'AWS does not take the session policy that keeps a session below the pathPrefix.',
    remedy: 'Create the output again with a shorter pathPrefix.',
  },
  BUCKET_REGION_UNKNOWN: {
    kind: 'output',
    meaning: 'The output names no region, and the role may not find out where the bucket is.',
    remedy:
      'Allow the role s3:ListBucket on the bucket, or create the output with its cloudRegion.',
  },
  BUCKET_NOT_FOUND: {
    kind: 'output',
    meaning: 'The bucket does not exist.',
    remedy: 'Create the bucket, or an output with the right bucketName.',
  },
  BUCKET_IN_OTHER_REGION: {
    kind: 'output',
    meaning: 'The bucket is in another region than the output says.',
    remedy: 'Create the output with the right cloudRegion, or without one.',
  },
  BUCKET_OWNER_DIFFERS: {
    kind: 'output',
    meaning:
      'S3 refused without naming a policy, as for a bucket that another account owns than expected.',
    remedy: 'Check which account owns the bucket, then what the role may do in it.',
  },
  PUT_NOT_ALLOWED: {
    kind: 'output',
    meaning: 'The role may not write below the output’s pathPrefix.',
    remedy: 'Allow the role s3:PutObject on the bucket’s objects below the pathPrefix.',
  },
  KEY_REFUSED: {
    kind: 'output',
    meaning: 'KMS refused the key that encrypts the bucket.',
    remedy: 'Allow the role kms:GenerateDataKey and kms:Decrypt on the key.',
  },
  S3_REFUSED: {
    kind: 'output',
    meaning: 'S3 refused the request for a reason of the bucket’s own settings.',
    remedy: 'See what the code in the message means for the bucket.',
  },

  SPOOL_FILE_TOO_LARGE: {
    kind: 'operator',
    meaning: 'One file is larger than the whole spool: SLUICE_SPOOL_BYTES_MAX gives it more room.',
  },

  DATABASE_UNAVAILABLE: {
    kind: 'transient',
    fault: 'sluice',
    meaning: 'The database cannot be reached.',
  },
  SAMPLES_UNAVAILABLE: {
    kind: 'transient',
    fault: 'sluice',
    meaning: 'The sample store cannot take or read rows now.',
  },
  AWS_UNAVAILABLE: {
    kind: 'transient',
    fault: 'aws',
    meaning: 'AWS throttled the call or had a fault.',
  },
  PRINCIPAL_NOT_PERMITTED: {
    kind: 'transient',
    fault: 'sluice',
    meaning: 'Our own AWS identity may not assume roles. The operator allows it sts:AssumeRole.',
  },
  SAMPLES_CHANGED: {
    kind: 'transient',
    fault: 'sluice',
    meaning: 'The same hour read twice gave different bytes; a replica may lag.',
  },
  SAMPLES_INCOMPLETE: {
    kind: 'transient',
    fault: 'sluice',
    meaning:
      'The store has other rows of an hour than were recorded at its close; a replica may lag.',
  },
  TWIN_UNDERWAY: {
    kind: 'transient',
    fault: 'sluice',
    meaning: 'Another export task with the same definition is sending the same object.',
  },
  WORK_INTERRUPTED: {
    kind: 'transient',
    fault: 'sluice',
    meaning: 'A part of the service ended in the midst of the work, and is started again.',
  },
  SPOOL_FULL: {
    kind: 'transient',
    fault: 'sluice',
    meaning: 'Files that are being written fill the spool. The operator gives it more room.',
  },
  SPOOL_DISK_FULL: {
    kind: 'transient',
    fault: 'sluice',
    meaning: 'The disk of the spool is full. The operator frees space on it.',
  },
  SPOOL_FAILED: {
    kind: 'transient',
    fault: 'sluice',
    meaning: 'The local disk of the spool has failed.',
  },
  NOT_READY: {
    kind: 'transient',
    fault: 'sluice',
    meaning: 'The service is starting or stopping.',
  },
} as const satisfies Record<string, Entry>

type CodeOf<Kind extends Entry['kind']> = {
  [Code in keyof typeof catalogue]: (typeof catalogue)[Code]['kind'] extends Kind ? Code : never
}[keyof typeof catalogue]

export type CallerErrorCode = CodeOf<'caller'>
export type OutputErrorCode = CodeOf<'output'>
type OperatorErrorCode = CodeOf<'operator'>
export type TransientErrorCode = CodeOf<'transient'>

/** Whose fault an error with that code is; with a code that is in no catalogue it is ours. */
export function whoseFault(code: string): Fault {
  const entry = Object.entries<Entry>(catalogue).find(([known]) => known === code)?.[1]
  switch (entry?.kind) {
    case 'caller':
    case 'output':
      return 'customer'
    case 'transient':
      return entry.fault
    default:
      return 'sluice'
  }
}

/** One mistake in a body or a query: the member it is in (`output.outputPath`) and what is wrong. */
export interface Mistake {
  field: string
  text: string
}

/** The caller must change the request. The message is for their eyes. */
export class CallerError extends Error {
  override readonly name = 'CallerError'
  readonly code: CallerErrorCode
  readonly mistakes: Mistake[]
  readonly retryAfterSeconds: number | undefined

  constructor(
    code: CallerErrorCode,
    message: string,
    options: { mistakes?: Mistake[]; cause?: unknown; retryAfterSeconds?: number } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.mistakes = options.mistakes ?? []
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}

/** The customer must change something in their AWS account: message says what is, remedy what to do. */
export class OutputError extends Error {
  override readonly name = 'OutputError'
  readonly code: OutputErrorCode
  readonly remedy: string
  /** For the log only: error codes, request ids. Never a credential. */
  readonly details: Record<string, unknown>

  constructor(
    code: OutputErrorCode,
    message: string,
    options: { remedy?: string; details?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.remedy = options.remedy ?? catalogue[code].remedy
    this.details = options.details ?? {}
  }
}

/** The operator must change something first: no repetition helps, and the customer cannot. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError'
  readonly code: OperatorErrorCode

  constructor(code: OperatorErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** Nobody must act: the same call may succeed later. */
export class TransientError extends Error {
  override readonly name = 'TransientError'
  readonly code: TransientErrorCode
  readonly retryAfterSeconds: number | undefined
  /** For the log only: error codes, request ids. Never a credential. */
  readonly details: Record<string, unknown>

  constructor(
    code: TransientErrorCode,
    message: string,
    options: {
      retryAfterSeconds?: number
      details?: Record<string, unknown>
      cause?: unknown
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryAfterSeconds = options.retryAfterSeconds
    this.details = options.details ?? {}
  }
}

/** The one text for what is missing, so that another organization's thing reads like no thing at all. */
export function notFound(thing: string, id: string): CallerError {
  return new CallerError(
    'NOT_FOUND',
    `The ${thing} with the id '${id}' was not found. Check the id, and that the API key or ` +
      'X-Tenant-Org-Id belongs to the organization that owns it.',
  )
}

/** A body or query that is wrong in one or more members; the message repeats the mistakes in short. */
export function invalidRequest(mistakes: Mistake[]): CallerError {
  const texts = mistakes.map((mistake) => `${mistake.field}: ${mistake.text}`)
  return new CallerError('INVALID_REQUEST', `The request is not valid. ${texts.join('; ')}`, {
    mistakes,
  })
}
