// In one process, for `shareConsole`; each runs alone too. The second acts as the second organization, which has no samples.
import './set-up.ts'
import './set-up-ways.ts'
