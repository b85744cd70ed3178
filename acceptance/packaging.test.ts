import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { DCLinter } from 'dclint'
import { validate } from 'dockerfile-utils'

// What is shipped to be run elsewhere, as far as it can be judged without the engines that run it.

const root = join(import.meta.dirname, '..')
interface Found {
  messages: { line: number; message: string }[]
}

const read = (path: string) => readFileSync(join(root, path), 'utf8')
const compose = 'deploy/compose.yaml'
const units = readdirSync(join(root, 'deploy'))
  .filter((name) => name.endsWith('.service'))
  .map((name) => `deploy/${name}`)

test('the Dockerfile has no mistake that a linter knows', () => {
  assert.deepEqual(validate(read('Dockerfile')), [])
  assert.notDeepEqual(validate('FORM node\n'), [], 'the linter sees mistakes')
})

test('the compose file has no mistake that a linter knows', () => {
  const linter = new DCLinter({
    rules: {
      // People read it from the parts to what stands on them.
      'service-keys-order': 0,
      'services-alphabetical-order': 0,
      'service-dependencies-alphabetical-order': 0,
    },
    quiet: false,
    debug: false,
    exclude: [],
  })
  const found = linter
    .lintFiles([join(root, compose)], false)
    .flatMap(({ messages }: Found) => messages.map(({ line, message }) => `${line}: ${message}`))
  assert.deepEqual(found, [])
})

test('every variable of ours that they set is one that the service reads', () => {
  const known = new Set(read('docs/configuration.md').match(/SLUICE_[A-Z_]+/g))
  for (const path of ['Dockerfile', compose, ...units]) {
    const named = read(path).match(/SLUICE_[A-Z_]+/g) ?? []
    assert(named.length > 0, path)
    assert.deepEqual(
      named.filter((name) => !known.has(name)),
      [],
      path,
    )
  }
})

test('the programs that they start are there', () => {
  for (const path of units) {
    const [, line = ''] = /^ExecStart=(.+)$/m.exec(read(path)) ?? []
    const programs = line.match(/\/opt\/sluice\/\S+/g) ?? []
    assert.equal(programs.length, 2, path)
    for (const program of programs)
      assert(existsSync(join(root, program.replace('/opt/sluice/', ''))), program)
  }
  for (const [, program = ''] of read('Dockerfile').matchAll(/"([\w/]+\.ts)"/g))
    assert(existsSync(join(root, program)), program)
})

test('a stop is given longer than the process takes', () => {
  const [, seconds] = /HARD_STOP_MS = (\d+)_000/.exec(read('service/process.ts')) ?? []
  assert(Number(seconds) > 0)
  for (const path of units)
    assert(Number(/^TimeoutStopSec=(\d+)$/m.exec(read(path))?.[1]) > Number(seconds), path)
  assert(Number(/stop_grace_period: (\d+)s/.exec(read(compose))?.[1]) > Number(seconds))
})

test('systemd understands the units', (t) => {
  const directory = join(root, 'deploy')
  for (const path of units) {
    try {
      execFileSync('systemd-analyze', ['verify', join(root, path)], {
        cwd: directory,
        stdio: 'pipe',
      })
    } catch (error) {
      if (Object(error).code === 'ENOENT') return t.skip('there is no systemd here')
      const lines = String(Object(error).stderr).trim().split('\n')
      // Where the repository does not lie in /opt/sluice, that is all it says.
      assert.deepEqual(
        lines.filter((line) => !line.includes('/opt/sluice/node24.js is not executable')),
        [],
      )
    }
  }
})
