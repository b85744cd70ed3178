import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readStatement } from './statement.ts'

const refused: [name: string, query: string, code: number][] = [
  ['two statements', 'SELECT 1; SELECT 2', 62],
  ['nothing', ' -- only a comment\n', 62],
  ['a semicolon alone', ';', 62],
  ['KILL by anything but the query id', "KILL QUERY WHERE user = 'default'", 48],
  ['KILL with more than the query id', "KILL QUERY WHERE query_id = 'a' OR 1", 48],
  ['KILL with a parameter that is not given', 'KILL QUERY WHERE query_id = {id:String}', 456],
]

for (const [name, query, code] of refused) {
  test(`${name} is refused`, () => assert.throws(() => readStatement(query), { code }))
}

const read: [query: string, before: string, format: string, after: string][] = [
  ['SELECT 1', 'SELECT 1', 'TabSeparated', ''],
  [' SELECT 1 ; -- done', 'SELECT 1', 'TabSeparated', ''],
  ['SELECT 1 FORMAT CSV -- done', 'SELECT 1 ', 'CSV', ''],
  ['select 1 format Parquet\n', 'select 1 ', 'Parquet', ''],
  ['SELECT 1 FORMAT CSV SETTINGS a = 1', 'SELECT 1 ', 'CSV', ' SETTINGS a = 1'],
  ['SELECT 1 SETTINGS a = 1 FORMAT CSV;', 'SELECT 1 SETTINGS a = 1 ', 'CSV', ''],
  ['WITH 1 AS x SELECT x', 'WITH 1 AS x SELECT x', 'TabSeparated', ''],
  ['(SELECT 1)', '(SELECT 1)', 'TabSeparated', ''],
  ["SELECT 'it''s; \\' FORMAT CSV'", "SELECT 'it''s; \\' FORMAT CSV'", 'TabSeparated', ''],
  ['SELECT `a;b` FROM "c FORMAT d"', 'SELECT `a;b` FROM "c FORMAT d"', 'TabSeparated', ''],
  ['SELECT 1 /* FORMAT CSV; */', 'SELECT 1', 'TabSeparated', ''],
  ['SELECT format FROM t', 'SELECT format FROM t', 'TabSeparated', ''],
  ['SELECT $$; FORMAT CSV$$', 'SELECT $$; FORMAT CSV$$', 'TabSeparated', ''],
  ['SHOW TABLES FORMAT JSONEachRow', 'SHOW TABLES ', 'JSONEachRow', ''],
]

for (const [query, before, format, after] of read) {
  test(`rows of ${JSON.stringify(query)}`, () =>
    assert.deepEqual(readStatement(query), { kind: 'read', before, format, after }))
}

const inserts: [query: string, into: string, settings: string, format: string, rows: string][] = [
  ['INSERT INTO t FORMAT CSV', 'INSERT INTO t ', '', 'CSV', ''],
  ['INSERT INTO t (a, b) FORMAT CSV\n1,2\n', 'INSERT INTO t (a, b) ', '', 'CSV', '1,2\n'],
  ['INSERT INTO t SETTINGS a = 1 FORMAT CSV', 'INSERT INTO t ', 'SETTINGS a = 1 ', 'CSV', ''],
  ["INSERT INTO t VALUES (1, ';')", 'INSERT INTO t ', '', 'Values', "(1, ';')"],
  [
    'INSERT INTO t FORMAT JSONEachRow {"a": "FORMAT CSV"}',
    'INSERT INTO t ',
    '',
    'JSONEachRow',
    '{"a": "FORMAT CSV"}',
  ],
]

for (const [query, into, settings, format, rows] of inserts) {
  test(`rows behind ${JSON.stringify(query)}`, () =>
    assert.deepEqual(readStatement(query), { kind: 'insert', into, settings, format, rows }))
}

const commands = [
  'CREATE TABLE t (format String) ENGINE = MergeTree ORDER BY format',
  'INSERT INTO t SELECT 1',
  'INSERT INTO t (values) SELECT 1',
  'OPTIMIZE TABLE t FINAL',
]

for (const query of commands) {
  test(`no rows around ${JSON.stringify(query)}`, () =>
    assert.deepEqual(readStatement(query), {
      kind: 'command',
      text: query,
      format: 'TabSeparated',
    }))
}

test('KILL QUERY names its queries by literals and parameters', () => {
  const parameters = new URLSearchParams({ param_id: 'c' })
  assert.deepEqual(
    readStatement("KILL QUERY WHERE query_id IN ('a', 'b\\'', {id: String}) SYNC FORMAT JSON", {
      parameters,
    }),
    { kind: 'kill', queryIds: ['a', "b'", 'c'], waits: true, format: 'JSON' },
  )
})

test('a statement of megabytes is read', () => {
  const text = 'x'.repeat(5_000_000)
  const statement = readStatement(`SELECT '${text}\\'${text}' FORMAT CSV`)
  assert.equal(statement.kind === 'read' && statement.format, 'CSV')
})
