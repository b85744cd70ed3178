/** What players' collectors send: their protocol, read into rows and stored before it is answered. */
export { type CollectorLimits, createCollectorLimits } from './collector-bounds.ts'
export { type CollectorParts, collectorRoutes } from './collector-routes.ts'
export { type ImportParts, importRoutes } from './import-routes.ts'
export { type Locations, openLocations } from './location.ts'
