import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { access, mkdtemp, readdir, readFile, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { OperatorError, TransientError } from '#errors'
import { openSpool } from './spool.ts'
import { sourceOf } from './test-source.ts'

const MiB = 1_048_576
const signal = new AbortController().signal

async function newSpool(
  t: TestContext,
  bytesMax = 64 * MiB,
  options: { crc64nvmeAboveBytes?: number } = {},
) {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-spool-'))
  const spool = await openSpool({ directory, bytesMax, ...options })
  t.after(async () => {
    await spool.close()
    await rm(directory, { recursive: true })
  })
  return { directory, spool }
}

async function filesIn(directory: string): Promise<string[]> {
  const names = await readdir(directory, { recursive: true, withFileTypes: true })
  return names.filter((entry) => entry.isFile() && !entry.name.endsWith('.lock')).map((e) => e.name)
}

function hasCode(code: string) {
  return (error: unknown) => error instanceof TransientError && error.code === code
}

test('a file larger than the whole spool is an error and leaves nothing', async (t) => {
  const { spool, directory } = await newSpool(t, 3 * MiB)
  await assert.rejects(
    spool.write(sourceOf([5 * MiB]).source, { signal }),
    (error) => error instanceof OperatorError && error.code === 'SPOOL_FILE_TOO_LARGE',
  )
  assert.deepEqual(await filesIn(directory), [])
  assert.equal(spool.bytesUsed, 0)
})

test('a full disk is a clear error and leaves nothing', {
  skip: process.platform !== 'linux' && 'needs /dev/full',
}, async (t) => {
  const { spool, directory } = await newSpool(t)
  const folder = (await readdir(directory)).find((name) => !name.endsWith('.lock')) ?? ''
  await symlink('/dev/full', join(directory, folder, '1'))
  await assert.rejects(
    spool.write(sourceOf([9 * MiB]).source, { signal }),
    hasCode('SPOOL_DISK_FULL'),
  )
  assert.deepEqual(await readdir(join(directory, folder)), [])
  await using after = await spool.write(Buffer.from('fits'), { signal })
  assert.equal(after.bytes, 4)
})

test('a source that fails midway fails the write with its own error and leaves nothing', async (t) => {
  const { spool, directory } = await newSpool(t)
  await assert.rejects(
    spool.write(sourceOf([3 * MiB], 'fail').source, { signal }),
    /the store went away/,
  )
  assert.deepEqual(await filesIn(directory), [])
  assert.equal(spool.bytesUsed, 0)
})

test('a source that fails for a passing reason keeps its code and details', async (t) => {
  const { spool } = await newSpool(t)
  const text = `import { TransientError } from ${JSON.stringify(import.meta.resolve('#errors'))}
    export const open = async () => {
      throw new TransientError('SAMPLES_UNAVAILABLE', 'Away.', { details: { rows: 1 } })
    }`
  const module = `data:text/javascript,${encodeURIComponent(text)}`
  await assert.rejects(spool.write({ module, argument: {} }, { signal }), (error) => {
    assert(error instanceof TransientError)
    assert.deepEqual([error.code, error.message], ['SAMPLES_UNAVAILABLE', 'Away.'])
    assert.deepEqual(error.details, { rows: 1 })
    return true
  })
})

test('a writing thread that dies fails the write for a passing reason, and the next one succeeds', async (t) => {
  const { spool, directory } = await newSpool(t)
  const module = 'data:text/javascript,export const open = async () => process.exit(1)'
  await assert.rejects(
    spool.write({ module, argument: {} }, { signal }),
    hasCode('WORK_INTERRUPTED'),
  )
  assert.deepEqual(await filesIn(directory), [])
  await using file = await spool.write(Buffer.from('well'), { signal })
  assert.equal(file.bytes, 4)
})

test('an aborted write ends with the reason, stops its source and leaves nothing', async (t) => {
  const { spool, directory } = await newSpool(t)
  const controller = new AbortController()
  const source = sourceOf([2 * MiB], 'hang')
  const written = spool.write(source.source, { signal: controller.signal })
  await untilTrue(() => spool.bytesUsed === 2 * MiB)
  controller.abort(new Error('stop'))
  await assert.rejects(written, /^Error: stop$/)
  assert.equal(source.wasStopped(), true)
  assert.deepEqual(await filesIn(directory), [])
  assert.equal(spool.bytesUsed, 0)
})

test('when unfinished files alone fill the spool, the youngest is sent away and the other ends', async (t) => {
  const { spool } = await newSpool(t, 4 * MiB)
  const [elder, younger] = [sourceOf([2 * MiB, MiB]), sourceOf([2 * MiB, MiB])]
  const first = spool.write(elder.source, { signal })
  const second = spool.write(younger.source, { signal })
  const refused = assert.rejects(second, hasCode('SPOOL_FULL'))
  await untilTrue(() => spool.bytesUsed === 4 * MiB)
  younger.openGate()
  elder.openGate()
  await refused
  await using file = await first
  assert.equal(file.bytes, 3 * MiB)
})

test('a write waits until a finished file goes', async (t) => {
  const { spool } = await newSpool(t, 4 * MiB)
  const first = await spool.write(sourceOf([3 * MiB]).source, { signal })
  let isWritten = false
  const second = spool.write(sourceOf([3 * MiB]).source, { signal }).then((file) => {
    isWritten = true
    return file
  })
  await untilTrue(() => spool.bytesUsed === 4 * MiB)
  assert.equal(isWritten, false)
  await first[Symbol.asyncDispose]()
  await using file = await second
  assert.equal(file.bytes, 3 * MiB)
  await assert.rejects(access(first.path), { code: 'ENOENT' })
})

test('a write that waits for room can be aborted', async (t) => {
  const { spool } = await newSpool(t, 2 * MiB)
  await using _held = await spool.write(sourceOf([2 * MiB]).source, { signal })
  const controller = new AbortController()
  const waiting = spool.write(sourceOf([MiB]).source, { signal: controller.signal })
  controller.abort(new Error('stop'))
  await assert.rejects(waiting, /^Error: stop$/)
  assert.equal(spool.bytesUsed, 2 * MiB)
})

test('the hashes are those of the bytes: a known vector, an empty file, and many buffers', async (t) => {
  const { spool } = await newSpool(t)
  const split = sourceOf(['12345', '6789'])
  split.openGate()
  await using vector = await spool.write(split.source, { signal })
  // The check value of CRC-64/NVME: https://reveng.sourceforge.io/crc-catalogue/all.htm
  assert.equal(Buffer.from(vector.crc64nvme ?? '', 'base64').toString('hex'), 'ae8b14860a799888')
  assert.equal(vector.md5, '25f9e794323b453885f5181f1b624d0b')
  await using empty = await spool.write(sourceOf([]).source, { signal })
  assert.equal(empty.bytes, 0)
  assert.equal((await stat(empty.path)).size, 0)
  const content = Buffer.from(Array.from({ length: 5 * MiB + 17 }, (_, i) => (i * 31) >> 3))
  await using large = await spool.write(content, { signal })
  assert.equal(large.sha256, createHash('sha256').update(content).digest('hex'))
  assert.equal(large.bytes, content.length)
  assert.ok(content.equals(await readFile(large.path)))
})

test('a file has a CRC64NVME from a size on, of all its bytes', async (t) => {
  const content = Buffer.from(Array.from({ length: 5 * MiB + 17 }, (_, i) => (i * 31) >> 3))
  const crcs: (string | undefined)[] = []
  for (const crc64nvmeAboveBytes of [
    0,
    MiB - 1,
    MiB,
    3 * MiB + 5,
    content.length - 1,
    content.length,
  ]) {
    const { spool } = await newSpool(t, 8 * MiB, { crc64nvmeAboveBytes })
    await using file = await spool.write(content, { signal })
    assert.equal(file.sha256, createHash('sha256').update(content).digest('hex'))
    crcs.push(file.crc64nvme)
  }
  assert.deepEqual(crcs, [...Array(5).fill(crcs[0]), undefined])
  assert.ok(crcs[0])
})

test('opening removes what a killed process left, and nothing of a living one', async (t) => {
  const { spool: living, directory } = await newSpool(t)
  await using kept = await living.write(Buffer.from('alive'), { signal })
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `import { openSpool } from ${JSON.stringify(new URL('./spool.ts', import.meta.url).href)}
       const spool = await openSpool({ directory: process.argv[1], bytesMax: 1e6 })
       await spool.write(Buffer.from('left'), { signal: new AbortController().signal })
       setInterval(() => {}, 1e6)
       console.log('written')`,
      directory,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  t.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  assert.equal((await filesIn(directory)).length, 2)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const next = await openSpool({ directory, bytesMax: MiB })
  assert.equal((await filesIn(directory)).length, 1)
  assert.equal(await readFile(kept.path, 'utf8'), 'alive')
  await next.close()
})

async function untilTrue(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!condition()) {
    assert.ok(performance.now() < deadline, 'the condition never came true')
    await new Promise((resolve) => setImmediate(resolve))
  }
}
