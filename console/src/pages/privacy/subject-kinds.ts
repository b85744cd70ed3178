import type { NewPrivacyDeletion, PrivacyDeletion } from '@sluice/sdk'

export type SubjectKind = PrivacyDeletion['type']

/** In which ways a person is named. */
export const subjectKinds: Record<
  SubjectKind,
  {
    column: string
    member: keyof NewPrivacyDeletion
    name: string
    /** What of it goes. */
    goes: string
  }
> = {
  USER_ID: {
    column: 'user_id',
    member: 'userId',
    name: 'A browser or device, by its user_id',
    goes: 'every impression in which this user_id occurs, whole',
  },
  CUSTOM_USER_ID: {
    column: 'custom_user_id',
    member: 'customUserId',
    name: 'A user as you name them, by their custom_user_id',
    goes: 'every impression in which this custom_user_id occurs, whole',
  },
  IMPRESSION_ID: {
    column: 'impression_id',
    member: 'impressionId',
    name: 'One impression alone, by its impression_id',
    goes: 'this one impression',
  },
}
