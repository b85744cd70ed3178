/**
 * What a customer's security reviewer wants in one document: who gets into the bucket, by which policies, how
 * that was proved, and every use of the role, in the words of their own CloudTrail. Reads what others know
 * and changes nothing.
 */
export { evidenceRoutes } from './routes.ts'
