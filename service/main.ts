import { serve } from './commands.ts'

/** The service alone, from the environment. */
await serve()
