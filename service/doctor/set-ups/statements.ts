import type { Facts } from './set-ups.ts'

export type Condition = Record<string, Record<string, string | string[]>>

export const policy = (...Statement: object[]) => ({ Version: '2012-10-17', Statement })

export function trust({ principalArn }: Facts, condition?: Condition, more: object = {}) {
  return {
    Effect: 'Allow',
    Principal: { AWS: principalArn },
    Action: 'sts:AssumeRole',
    ...(condition && { Condition: condition }),
    ...more,
  }
}

export function put({ bucketName }: Facts) {
  return {
    Effect: 'Allow',
    Action: ['s3:PutObject', 's3:AbortMultipartUpload'],
    Resource: `arn:aws:s3:::${bucketName}/sluice/*`,
  }
}
