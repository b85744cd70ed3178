// In one process, for `shareConsole`; each runs alone too.
import './session.ts'
import './licenses-and-settings.ts'
import './exports.ts'
import './privacy.ts'
