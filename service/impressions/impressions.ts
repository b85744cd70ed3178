/** Single impressions: which there were, and all that is kept of one: its samples, ads and errors. */
export { impressionRoutes } from './routes.ts'
