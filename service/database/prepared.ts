/**
 * PGlite's own `query` calls the database six times for a statement, has it parsed and planned anew, and reads
 * the answer twice. Here a statement is prepared once, and asked in one call: a fourth of the time.
 */
import { type PGlite, protocol } from '@electric-sql/pglite'
import { type Answer, type Column, type Parsers, readAnswer } from './answer.ts'

const { serialize } = protocol

/** Those that were used last; texts that differ by the length of a list are many. */
const STATEMENTS_MAX = 500
/** A thousand rows in one insert make a plan of megabytes, and seldom the same one twice. */
const KEPT_LENGTH_MAX = 8000
/**
 * Nothing in PGlite vacuums, so a plan that is kept never hears that its tables have grown. They grow by statements:
 * after so many all plans are made anew.
 */
const PLAN_STATEMENTS_MAX = 1000

interface Prepared {
  name: string
  parameterTypes: number[]
  columns: Column[]
}

/** The one connection that PGlite has. Whoever asks awaits the answer before the next statement is asked. */
export function openStatements(pglite: PGlite) {
  const parsers = pglite.parsers as Parsers
  const kept = new Map<string, Prepared>()
  /** Asked together with what is asked next. */
  let before: Uint8Array[] = []
  let names = 0
  let asked = 0

  async function ask(messages: Uint8Array[], columns: Column[] = []): Promise<Answer> {
    const answers: Buffer[] = []
    const onRawData = (bytes: Uint8Array) => void answers.push(Buffer.from(bytes)) // a copy: they are PGlite's
    const message = Buffer.concat([...before, ...messages])
    before = []
    // Nothing is to be brought to the directory: in Node its files are written as PGlite writes them.
    await pglite.execProtocolRawStream(message, { syncToFs: false, onRawData })
    return readAnswer(Buffer.concat(answers), { parsers, columns })
  }

  async function prepare(text: string): Promise<Prepared> {
    names += 1
    const name = `sluice_${names}`
    const described = serialize.describe({ type: 'S', name })
    const { parameterTypes, columns } = await ask([
      serialize.parse({ name, text }),
      described,
      serialize.sync(),
    ])
    const prepared = { name, parameterTypes, columns }
    kept.set(text, prepared)
    const [oldest] = kept.keys()
    if (kept.size > STATEMENTS_MAX && oldest !== undefined) forget(oldest)
    return prepared
  }

  function forget(text: string): void {
    const prepared = kept.get(text)
    if (prepared === undefined) return
    kept.delete(text)
    before.push(serialize.close({ type: 'S', name: prepared.name }))
  }

  async function findPrepared(text: string): Promise<Prepared> {
    const found = kept.get(text)
    if (found === undefined) return prepare(text)
    kept.delete(text)
    kept.set(text, found) // the last to be forgotten
    return found
  }

  function textOf(value: unknown, type: number): string | null {
    if (value === null || value === undefined) return null
    return pglite.serializers[type]?.(value) ?? String(value)
  }

  async function askPrepared(text: string, parameters: readonly unknown[] = []): Promise<Answer> {
    asked += 1
    if (asked >= PLAN_STATEMENTS_MAX && !pglite.isInTransaction()) {
      await ask([serialize.query('discard plans')])
      asked = 0
    }
    const { name, parameterTypes, columns } = await findPrepared(text)
    const values = parameters.map((value, index) => textOf(value, parameterTypes[index] ?? 0))
    const bound = serialize.bind({ statement: name, values })
    let isKept = false
    try {
      const answer = await ask([bound, serialize.execute(), serialize.sync()], columns)
      isKept = text.length <= KEPT_LENGTH_MAX
      return answer
    } finally {
      if (!isKept) forget(text) // after an error too: what it was prepared for may be no longer so
    }
  }

  /** Begins a transaction, together with its first statement. */
  function begin(): void {
    before.push(serialize.query('begin'))
  }

  return { ask: askPrepared, begin }
}
