import { AwsError } from '../errors.ts'

/**
 * The refusals that several operations share, in AWS's words.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
export function accessDenied(message = 'Access Denied'): AwsError {
  return new AwsError('AccessDenied', 403, message)
}

export function noSuchBucket(bucketName: string): AwsError {
  return new AwsError('NoSuchBucket', 404, 'The specified bucket does not exist', {
    members: { BucketName: bucketName },
  })
}

/** The request was sent to another region than the bucket's. */
export function permanentRedirect(bucket: { name: string; region: string }): AwsError {
  return new AwsError(
    'PermanentRedirect',
    301,
    'The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.',
    {
      members: { Endpoint: `s3.${bucket.region}.amazonaws.com`, Bucket: bucket.name },
      headers: { 'x-amz-bucket-region': bucket.region },
    },
  )
}

export function noSuchKey(key: string): AwsError {
  return new AwsError('NoSuchKey', 404, 'The specified key does not exist.', {
    members: { Key: key },
  })
}

export function noSuchUpload(uploadId: string): AwsError {
  return new AwsError(
    'NoSuchUpload',
    404,
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    { members: { UploadId: uploadId } },
  )
}

export function invalidBucketName(bucketName: string): AwsError {
  return new AwsError('InvalidBucketName', 400, 'The specified bucket is not valid.', {
    members: { BucketName: bucketName },
  })
}

export function invalidUri(): AwsError {
  return new AwsError('InvalidURI', 400, "Couldn't parse the specified URI.")
}

export function invalidRequest(message: string): AwsError {
  return new AwsError('InvalidRequest', 400, message)
}

export function invalidArgument(message: string, name: string, value: string): AwsError {
  return new AwsError('InvalidArgument', 400, message, {
    members: { ArgumentName: name, ArgumentValue: value },
  })
}

export function malformedXml(): AwsError {
  return new AwsError(
    'MalformedXML',
    400,
    'The XML you provided was not well-formed or did not validate against our published schema',
  )
}

export function badDigest(
  what: string,
  { expected, calculated }: { expected: string; calculated: string },
): AwsError {
  const message =
    what === 'Content-MD5'
      ? 'The Content-MD5 you specified did not match what we received.'
      : `The ${what} you specified did not match the calculated checksum.`
  return new AwsError('BadDigest', 400, message, {
    members: { ExpectedDigest: expected, CalculatedDigest: calculated },
  })
}

export function preconditionFailed(condition: string): AwsError {
  return new AwsError(
    'PreconditionFailed',
    412,
    'At least one of the pre-conditions you specified did not hold',
    { members: { Condition: condition } },
  )
}

export function entityTooLarge(bytes: number, bytesMax: number): AwsError {
  return new AwsError(
    'EntityTooLarge',
    400,
    'Your proposed upload exceeds the maximum allowed size',
    { members: { ProposedSize: String(bytes), MaxSizeAllowed: String(bytesMax) } },
  )
}

/** A header or parameter of a feature that is not here: it must not be passed over in silence. */
export function notImplementedHeader(header: string): AwsError {
  return new AwsError(
    'NotImplemented',
    501,
    `A header you provided implies functionality that is not implemented: ${header}`,
    { members: { Header: header } },
  )
}

export function accessControlListNotSupported(): AwsError {
  return new AwsError('AccessControlListNotSupported', 400, 'The bucket does not allow ACLs')
}

export function methodNotAllowed(): AwsError {
  return new AwsError(
    'MethodNotAllowed',
    405,
    'The specified method is not allowed against this resource.',
  )
}
