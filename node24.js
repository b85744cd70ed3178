#!/usr/bin/env node
// Runs a program with Node 24, whatever Node started this file. `npm ci` brings Node 24 as a locked
// platform package, so a machine with an older Node needs nothing else. Plain JavaScript on purpose:
// the older Node must be able to read it.
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const LEAST_MAJOR = 24
/** What V8 has compiled, for the next start; where nobody may write, nothing is kept. */
const COMPILED = join(dirname(fileURLToPath(import.meta.url)), 'node_modules/.cache/node-compiled')

/** The path of a Node of at least version 24: the locked one, else the one that is running. */
export function findNode24() {
  const require = createRequire(import.meta.url)
  try {
    const manifest = require.resolve(`node-${process.platform}-${process.arch}/package.json`)
    return join(dirname(manifest), 'bin', 'node')
  } catch {
    if (Number(process.versions.node.split('.')[0]) >= LEAST_MAJOR) return process.execPath
    throw new Error(
      `Sluice needs Node ${LEAST_MAJOR}; this is Node ${process.versions.node}, and npm has no Node ` +
        `package for ${process.platform}-${process.arch}. Install Node ${LEAST_MAJOR} and try again.`,
    )
  }
}

/** Runs Node 24 with these arguments, passes signals on, and ends as it ends. */
export function runWithNode24(args) {
  const env = { NODE_COMPILE_CACHE: COMPILED, ...process.env }
  const child = spawn(findNode24(), args, { env, stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    console.error(error.message)
    process.exit(1)
  })
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

/** The body of a command: `main.ts` beside the file of this URL, with the arguments that were typed. */
export function runMainBeside(url) {
  const main = join(dirname(fileURLToPath(url)), 'main.ts')
  runOrSay(['--disable-warning=ExperimentalWarning', main, ...process.argv.slice(2)])
}

function runOrSay(args) {
  try {
    runWithNode24(args)
  } catch (error) {
    console.error(error.message)
    process.exit(1)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) runOrSay(process.argv.slice(2))
