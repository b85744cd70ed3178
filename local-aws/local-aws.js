#!/usr/bin/env node
// Plain JavaScript, so that an older Node can read it; the command itself runs on Node 24.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runWithNode24 } from '../node24.js'

const main = join(dirname(fileURLToPath(import.meta.url)), 'main.ts')
try {
  runWithNode24(['--disable-warning=ExperimentalWarning', main, ...process.argv.slice(2)])
} catch (error) {
  console.error(error.message)
  process.exit(1)
}
