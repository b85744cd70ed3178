/**
 * Tells what an export would meet from the policies that someone pastes, with the evaluator that local-aws
 * refuses by. Asks nobody: neither AWS nor the role is touched, and nothing pasted is kept.
 */
export { doctorRoutes } from './routes.ts'
