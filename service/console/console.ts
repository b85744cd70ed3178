/**
 * The web console: its pages, which the workspace `console` builds, and the sessions that a browser has
 * instead of an API key. Everything else that the console does, it does by the API.
 */
export { consolePages } from './pages.ts'
export { sessionRoutes } from './routes.ts'
export { openSessions, type Sessions } from './sessions.ts'
export { createSignInLinks, type SignInLinks } from './sign-in-links.ts'
