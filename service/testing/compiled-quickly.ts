/** For Node in tests, as `npm test` has it: what starts and soon ends is not worth V8's better compilation. */
export const COMPILED_QUICKLY = '--liftoff-only'
