/**
 * The wire: authentication, envelopes, validation, pages and errors as the SDKs need them, so that a
 * feature's handler returns its plain result or throws. Knows no feature: it is given an authenticator
 * and routes.
 */
export type { App, Caller, Routes } from './app.ts'
export { checkHourWindow, HourWindow, hoursAnsweredMax } from './hour-window.ts'
export { formatInstant, Instant, parseInstant } from './instant.ts'
export { openapiOf } from './openapi.ts'
export { PageQuery, pageOf, pageSchema } from './page.ts'
export { type Credentials, createServer } from './server.ts'
export {
  dropSession,
  isSameOrigin,
  readSession,
  type SessionCredentials,
  writeSession,
} from './session-cookie.ts'
export { mistakesOf } from './validation.ts'
