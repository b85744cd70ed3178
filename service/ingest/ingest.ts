/** What players' collectors send: their protocol, read into rows and stored before it is answered. */
export { type CollectorLimits, createCollectorLimits } from './collector-bounds.ts'
export { collectorRoutes } from './collector-routes.ts'
export { importRoutes } from './import-routes.ts'
export { type Locations, openLocations } from './location.ts'
