import {
  type Compilable,
  type CompiledQuery,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
} from 'kysely'
import type { Tables } from './database.ts'

/**
 * Putting a statement together and writing it as text costs more than a small one's answer does. One that is asked with
 * every request is put together once: where its values will be, slots go into it, and come out among its parameters.
 */
export interface Statement<Values, Row> {
  /** With these values. */
  fill(values: Values): CompiledQuery<Row>
}

/** It writes statements, and asks nobody. */
export const writer = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
})

class Slot {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/** `build` must not look at the values: it sees a slot for each of these names. */
export function prepareStatement<Values extends object, Row>(
  names: readonly (keyof Values & string)[],
  build: (values: Values) => Compilable<Row>,
): Statement<Values, Row> {
  const slots = Object.fromEntries(names.map((name) => [name, new Slot(name)]))
  let written: CompiledQuery<Row> | undefined
  const fill = (values: Values) => {
    written ??= build(slots as Values).compile()
    const filled = (parameter: unknown) =>
      parameter instanceof Slot ? Reflect.get(values, parameter.name) : parameter
    return { ...written, parameters: written.parameters.map(filled) }
  }
  return { fill }
}

/** A statement about no one organization. */
export function prepare<Values extends object, Row>(
  names: readonly (keyof Values & string)[],
  build: (db: Kysely<Tables>, values: Values) => Compilable<Row>,
): (db: Kysely<Tables>, values: Values) => Promise<Row[]> {
  const statement = prepareStatement(names, (values: Values) => build(writer, values))
  return async (db, values) => (await db.executeQuery(statement.fill(values))).rows
}
