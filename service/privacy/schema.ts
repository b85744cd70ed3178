import { type Static, Type } from 'typebox'
import { invalidRequest } from '#errors'
import type { HoldingFile } from '#exports'
import { formatInstant, Instant } from '#http'
import type { Deletion, NewDeletion } from './privacy.ts'

const ID_LENGTH_MAX = 4096
const REFERENCE_LENGTH_MAX = 255
const PersonId = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: ID_LENGTH_MAX, description }))

export const DeletionBody = Type.Object(
  {
    userId: PersonId('The browser or device: user_id of the samples'),
    customUserId: PersonId('The user, as you name them: custom_user_id of the samples'),
    impressionId: PersonId('One impression alone'),
    licenseKey: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'The key of a license, or the id of a virtual license; all licenses when absent',
      }),
    ),
    reference: Type.Optional(
      Type.String({
        maxLength: REFERENCE_LENGTH_MAX,
        description: 'Your own, such as the number of the request; it stays in the record',
      }),
    ),
  },
  {
    title: 'NewPrivacyDeletion',
    description: 'Exactly one of userId, customUserId, impressionId.',
  },
)

export const DeletionAnswer = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    type: Type.Enum(['USER_ID', 'CUSTOM_USER_ID', 'IMPRESSION_ID']),
    subjectSha256: Type.String({
      description: 'Hexadecimal, of the record’s id, a space, and the id of the person.',
    }),
    licenseKey: Type.Optional(Type.String()),
    reference: Type.Optional(Type.String()),
    status: Type.Enum(['STARTED', 'FINISHED'], {
      description: 'STARTED: at work; where it breaks off it goes on by itself.',
    }),
    samples: Type.Integer({ description: 'How many were found and deleted.' }),
    adSamples: Type.Integer(),
    errorDetails: Type.Integer(),
    createdAt: Instant,
    finishedAt: Type.Optional(Instant),
  },
  { title: 'PrivacyDeletion' },
)

export const HoldingFileAnswer = Type.Object(
  {
    bucketName: Type.String(),
    objectKey: Type.String(),
    status: Type.Enum(['CLAIMED', 'DELIVERED'], {
      description: 'CLAIMED: it may have been sent. DELIVERED: it is in the bucket.',
    }),
    taskId: Type.String(),
    outputId: Type.String(),
    startTime: { ...Instant, description: 'Of the hour.' },
    endTime: Instant,
    deliveredAt: Type.Optional(Instant),
  },
  { title: 'PrivacyDeletionFile' },
)

/** Throws INVALID_REQUEST unless it names one person in one way. */
export function readDeletion(body: Static<typeof DeletionBody>): NewDeletion {
  const { userId, customUserId, impressionId, licenseKey, reference } = body
  const [named, ...more] = [
    { type: 'USER_ID' as const, id: userId },
    { type: 'CUSTOM_USER_ID' as const, id: customUserId },
    { type: 'IMPRESSION_ID' as const, id: impressionId },
  ].flatMap(({ type, id }) => (id === undefined ? [] : [{ type, id }]))
  if (named === undefined || more.length > 0) {
    const text = 'must have exactly one of userId, customUserId and impressionId'
    throw invalidRequest([{ field: 'body', text }])
  }
  return { ...named, licenseKey, reference }
}

export function writeDeletion(deletion: Deletion) {
  const { licenseKey, reference, finishedAt } = deletion
  return {
    id: deletion.id,
    type: deletion.type,
    subjectSha256: deletion.subjectSha256,
    ...(licenseKey !== undefined && { licenseKey }),
    ...(reference !== undefined && { reference }),
    status: deletion.status,
    samples: deletion.samples,
    adSamples: deletion.ads,
    errorDetails: deletion.errorDetails,
    createdAt: formatInstant(deletion.createdAt),
    ...(finishedAt && { finishedAt: formatInstant(finishedAt) }),
  }
}

export function writeHoldingFile(file: HoldingFile) {
  const { bucketName, objectKey, taskId, outputId, deliveredAt } = file
  const status = deliveredAt ? 'DELIVERED' : 'CLAIMED'
  return {
    bucketName,
    objectKey,
    status,
    taskId,
    outputId,
    startTime: formatInstant(file.start),
    endTime: formatInstant(file.end),
    ...(deliveredAt && { deliveredAt: formatInstant(deliveredAt) }),
  } as const
}
