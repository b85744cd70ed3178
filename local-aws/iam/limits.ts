/** IAM's own limits of names and texts. */
export const NAME = { pattern: /^[\w+=,.@-]+$/, min: 1, max: 64 }
export const POLICY_NAME = { pattern: /^[\w+=,.@-]+$/, min: 1, max: 128 }
export const PATH = { pattern: /^(\/|\/[\u0021-\u007E]+\/)$/, min: 1, max: 512 }
export const PATH_PREFIX = { pattern: /^\/[\u0021-\u007E]*$/, min: 1, max: 512 }
export const POLICY_DOCUMENT = {
  pattern: /^[\t\n\r\u0020-\u00FF]+$/,
  min: 1,
  max: 131_072,
}
export const ARN = { min: 20, max: 2048 }
export const DESCRIPTION = {
  pattern: /^[\t\n\r\u0020-\u007E\u00A1-\u00FF]*$/,
  max: 1000,
}
export const MAX_SESSION_SECONDS = { min: 3600, max: 43_200 }
