import type { S3RoleBasedOutput } from '@sluice/sdk'

/** What people call it. */
export function nameOf(output: Pick<S3RoleBasedOutput, 'name' | 'bucketName'>): string {
  return output.name ?? output.bucketName
}

/** `s3://bucket/prefix/` */
export function placeOf(output: Pick<S3RoleBasedOutput, 'bucketName' | 'pathPrefix'>): string {
  return `s3://${output.bucketName}/${output.pathPrefix ?? ''}`
}
