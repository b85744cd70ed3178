/** What players' collectors send, read into rows. */
export { type CollectorSample, readCollectorSample } from './collector-sample.ts'
export { answerLicensing, type LicensingAnswer } from './licensing.ts'
