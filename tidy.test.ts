import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { test } from 'node:test'

// What the tree promises its readers, checked on the imports as they are written: a folder of the
// service is entered by its door alone, and arrows between rooms point one way.

const root = import.meta.dirname

/** The workspaces each workspace may import. A workspace that is not listed may import none. */
const workspaceUses: Record<string, readonly string[]> = {
  iam: [],
  'local-aws': ['iam'],
  'local-clickhouse': [],
  service: ['iam', 'local-clickhouse'],
  sdk: [],
  cli: ['sdk', 'service'],
  acceptance: ['sdk'],
  console: ['sdk'],
  examples: ['sdk'],
}

/** Only these parts of the service may start a laptop's world, or stand on the client. */
const worldFiles = /^service\/dev\.ts$|^service\/(testing|bench|demo)\/|\.test\.ts$/
const worldUses = ['local-aws', 'sdk']

/** The doors each folder of the service may enter. `service.ts` and the other root files know everyone. */
const foundations = [
  ...[
    'errors',
    'config',
    'secret',
    'sealing',
    'telemetry',
    'tracing',
    'thread',
    'at-once',
    'compressors',
    'crc64nvme',
    'markdown',
    'polling',
    'rate-limit',
  ],
]
const roomUses: Record<string, readonly string[]> = {
  database: foundations,
  spool: foundations,
  http: [...foundations, 'database'],
  organizations: [...foundations, 'database', 'http'],
  licenses: [...foundations, 'database', 'http', 'organizations', 'samples'],
  samples: [...foundations, 'database'],
  setup: foundations,
  delivery: [...foundations, 'setup'],
  outputs: [...foundations, 'database', 'http', 'delivery', 'setup', 'organizations'],
  doctor: [...foundations, 'database', 'http', 'delivery', 'setup', 'outputs'],
  verification: [
    ...foundations,
    ...['database', 'http', 'delivery', 'setup', 'outputs', 'webhooks'],
  ],
  webhooks: [...foundations, 'database', 'http'],
  evidence: [
    ...foundations,
    ...['database', 'http', 'delivery', 'setup', 'outputs', 'verification'],
  ],
  exports: [
    ...foundations,
    ...['database', 'http', 'licenses', 'outputs', 'samples', 'delivery', 'spool', 'webhooks'],
  ],
  schedules: [
    ...foundations,
    ...['database', 'http', 'licenses', 'outputs', 'samples', 'delivery', 'spool', 'exports'],
    'webhooks',
  ],
  operator: [...foundations, 'database', 'http', 'exports'],
  impressions: [...foundations, 'database', 'http', 'licenses', 'samples'],
  privacy: [...foundations, 'database', 'http', 'licenses', 'samples', 'exports'],
  console: [...foundations, 'database', 'http', 'organizations'],
  ingest: [...foundations, 'database', 'http', 'samples', 'licenses'],
}

interface Import {
  from: string
  specifier: string
  /** As the other file calls them; `*` where all are taken. */
  names: string[]
}

const sources = Object.keys(workspaceUses).flatMap((workspace) => listSources(workspace))
const imports = sources.flatMap((file) => importsOf(file))
const doors: Record<string, string> = JSON.parse(textOf('service/package.json')).imports

function listSources(folder: string): string[] {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) {
      return ['node_modules', 'dist'].includes(entry.name) ? [] : listSources(path)
    }
    return /\.tsx?$/.test(entry.name) ? [path] : []
  })
}

function textOf(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

function importsOf(from: string): Import[] {
  const text = textOf(from)
  const written = text.matchAll(
    /^(?:import|export)\b([^'"]*?)\bfrom '([^']+)'|^import '([^']+)'/gms,
  )
  const awaited = text.matchAll(/\bimport\('([^']+)'\)/g)
  return [
    ...[...written].map(([, clause = '', specifier, bare = '']) => {
      const names = clause.includes('*') ? ['*'] : listedIn(clause).map(([name]) => name)
      return { from, specifier: specifier ?? bare, names }
    }),
    ...[...awaited].map(([, specifier = '']) => ({ from, specifier, names: ['*'] })),
  ]
}

/** The names between the braces of an import or export: as the other file has them, and as this one does. */
function listedIn(clause: string): [string, string][] {
  const names = /\{([^}]*)\}/.exec(clause)?.[1]?.split(',') ?? []
  return names.flatMap((each) => {
    const [, name, renamed] = /^\s*(?:type )?(\w+)(?: as (\w+))?\s*$/.exec(each) ?? []
    return name === undefined ? [] : [[name, renamed ?? name]]
  })
}

function exportsOf(file: string): string[] {
  const text = textOf(file)
  const declared = text.matchAll(
    /^export (?:async |abstract )?(?:function\*?|const|let|class|interface|type) (\w+)/gm,
  )
  const listed = text.matchAll(/^export (?:type )?(\{[^}]*\})/gm)
  return [
    ...[...declared].map(([, name = '']) => name),
    ...[...listed].flatMap(([, clause = '']) => listedIn(clause).map(([, name]) => name)),
  ]
}

/** The file a relative import means, from the root; undefined for a package or a door. */
function targetOf({ from, specifier }: Import): string | undefined {
  if (!specifier.startsWith('.')) return undefined
  return relative(root, join(root, dirname(from), specifier))
    .split(sep)
    .join('/')
}

/** The file an import means: beside it, or behind a door of the service or of a workspace. */
function meantFile(each: Import): string | undefined {
  const door = doors[each.specifier]
  if (door !== undefined) return join('service', door)
  const workspace = /^@sluice\/([^/]+)$/.exec(each.specifier)?.[1]
  if (workspace === undefined) return targetOf(each)
  return join(workspace, String(JSON.parse(textOf(`${workspace}/package.json`)).exports))
}

/** The folder of the service a file lies in; undefined for its root files and for other workspaces. */
function roomOf(file: string): string | undefined {
  const [workspace, room, inside] = file.split('/')
  return workspace === 'service' && inside !== undefined ? room : undefined
}

const isTest = (file: string) => file.endsWith('.test.ts')
const show = ({ from, specifier }: Import) => `${from} imports ${specifier}`

test('the check sees the code it judges', () => {
  assert.ok(sources.length > 0)
  assert.ok(imports.length > 0)
})

test('no workspace reaches into another past its door', () => {
  const wrong = imports.filter((each) => {
    const target = targetOf(each)
    if (target !== undefined) return target.split('/')[0] !== each.from.split('/')[0]
    return /^@sluice\/[^/]+\//.test(each.specifier)
  })
  assert.deepEqual(wrong.map(show), [])
})

test('workspaces depend on each other in one direction', () => {
  const wrong = imports.filter((each) => {
    const used = /^@sluice\/([^/]+)/.exec(each.specifier)?.[1]
    if (used === undefined) return false
    const own = each.from.split('/')[0] ?? ''
    const allowed = [...(workspaceUses[own] ?? [])]
    if (own === 'service' && worldFiles.test(each.from)) allowed.push(...worldUses)
    return !allowed.includes(used)
  })
  assert.deepEqual(wrong.map(show), [])
})

test('a folder of the service is entered by its door alone', () => {
  const wrong = imports.filter((each) => {
    const target = targetOf(each)
    if (target === undefined) return false
    const room = roomOf(target)
    return room !== undefined && room !== roomOf(each.from)
  })
  assert.deepEqual(wrong.map(show), [])
})

test('within a folder of the service, files import each other directly', () => {
  const wrong = imports.filter(({ from, specifier }) => specifier === `#${roomOf(from)}`)
  assert.deepEqual(wrong.map(show), [])
})

test('the folders of the service know only whom they may know', () => {
  const wrong = imports.filter((each) => {
    const room = roomOf(each.from)
    const allowed = room === undefined ? undefined : roomUses[room]
    if (allowed === undefined || isTest(each.from)) return false
    const door = /^#([a-z0-9-]+)$/.exec(each.specifier)?.[1]
    return door !== undefined && !allowed.includes(door)
  })
  assert.deepEqual(wrong.map(show), [])
})

test('every door that the service lists is there and carries its folder’s name', () => {
  for (const [door, path] of Object.entries(doors)) {
    const name = door.slice(1)
    assert.ok([`./${name}/${name}.ts`, `./${name}.ts`].includes(path), `${door} is ${path}`)
  }
})

test('no folder re-exports everything it has', () => {
  const wrong = sources.filter((file) => /^export \* from/m.test(textOf(file)))
  assert.deepEqual(wrong, [])
})

test('what a file exports, another file imports', () => {
  const used = new Set(
    imports.flatMap((each) => each.names.map((name) => `${meantFile(each)} ${name}`)),
  )
  // The SDK's door is for others; a module with `open` is opened by its URL, in a thread.
  const foreign = /^sdk\/src\/(sdk|generated\/\w+)\.ts /
  const wrong = sources
    .filter((file) => !used.has(`${file} *`))
    .flatMap((file) => exportsOf(file).map((name) => `${file} ${name}`))
    .filter((each) => !used.has(each) && !foreign.test(each) && !each.endsWith(' open'))
  assert.deepEqual(wrong, [])
})

test('only the console has .tsx', () => {
  const wrong = sources.filter((file) => file.endsWith('.tsx') && !file.startsWith('console/'))
  assert.deepEqual(wrong, [])
})

test('no file is named for nothing', () => {
  const empty = /(^|\/)(utils?|helpers?|common|lib|manager|processor|data|info|index)(\.tsx?|\/)/
  assert.deepEqual(
    sources.filter((file) => empty.test(file)),
    [],
  )
})
