/**
 * Tells what an export would meet from the policies that someone pastes, with the evaluator that local-aws
 * refuses by. Asks nobody: neither AWS nor the role is touched, and nothing pasted is kept.
 */
export { type Diagnosis, diagnose } from './diagnose.ts'
export type { PastedDocuments } from './pasted.ts'
export type { Report } from './report.ts'
export { doctorRoutes } from './routes.ts'
