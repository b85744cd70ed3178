// In one process, for `shareConsole`; each runs alone too.
import './session.ts'
import './data.ts'
import './exports.ts'
import './privacy.ts'
