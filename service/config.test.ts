import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { ConfigError, readConfig } from '#config'
import { variables } from './variables.ts'

const least = { SLUICE_PRINCIPAL_ARN: 'arn:aws:iam::123456789012:user/sluice' }

test('all mistakes come in one message, and no secret is repeated', () => {
  const env = {
    SLUICE_PORT: '80a',
    SLUICE_DATABASE_URL: 'mysql://root:hunter22@db',
    SLUICE_SECRET_KEY: 'hunter23',
    SLUICE_BOOTSTRAP_API_KEY: 'too-short',
    SLUICE_PRINCIPAL_ARN: 'arn:aws:iam::1:root',
    SLUICE_OWN_ACCOUNT_ROLE_ARNS: 'arn:aws:iam::123456789012:role/ok, nonsense',
    SLUICE_ALLOW_CUSTOM_EXTERNAL_ID: 'yes',
    SLUICE_SPOOL_BYTES_MAX: '-1',
    SLUICE_TRUSTED_PROXIES: '10.0.0.0/8, 10.0.0.0/33, ::1',
    SLUICE_COLLECTOR_RATE_PER_ADDRESS: '0',
    SLUICE_LOG_LEVEL: 'loud',
  }
  assert.throws(
    () => readConfig(env),
    (error) => {
      assert.ok(error instanceof ConfigError)
      for (const name of Object.keys(env))
        assert.match(error.message, new RegExp(`^  ${name} `, 'm'))
      assert.doesNotMatch(error.message, /hunter2|too-short/)
      return true
    },
  )
})

test('a missing principal is a mistake that says what it is for', () => {
  assert.throws(() => readConfig({}), /SLUICE_PRINCIPAL_ARN is missing: .* trust policies/)
})

test('nothing but the principal is needed; an empty variable is an absent one', () => {
  const config = readConfig({ ...least, SLUICE_DATABASE_URL: '', SLUICE_PORT: ' ' })
  assert.deepEqual(config, {
    http: { host: '127.0.0.1', port: 8080 },
    dataDirectory: '.sluice',
    databaseUrl: undefined,
    clickhouseUrl: undefined,
    clickhouseCluster: undefined,
    secretKeys: [],
    bootstrapApiKey: undefined,
    aws: { principalArn: least.SLUICE_PRINCIPAL_ARN, ownAccountRoleArns: [] },
    cloudFormationTemplateUrl: undefined,
    allowCustomExternalId: false,
    webhooks: { allowsPrivateAddresses: false },
    tracesEndpoint: undefined,
    spoolBytesMax: 4 * 1024 ** 3,
    collector: {
      trustedProxies: [],
      geoipFiles: [],
      rates: { perAddress: 1000, perLicense: 20_000 },
    },
    logLevel: 'info',
  })
})

test('a secret opens at one call and prints as [secret] everywhere', () => {
  const key = 'a-bootstrap-key-of-at-least-32-chars'
  const { bootstrapApiKey } = readConfig({ ...least, SLUICE_BOOTSTRAP_API_KEY: key })
  assert.equal(bootstrapApiKey?.open(), key)
  const printed = [JSON.stringify({ bootstrapApiKey }), inspect({ bootstrapApiKey })]
  for (const text of [...printed, `${bootstrapApiKey}`]) {
    assert.ok(!text.includes(key))
    assert.match(text, /\[secret\]/)
  }
})

test('a secret may lie in a file; two values, or a file that cannot be read, are mistakes', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-config-'))
  t.after(() => rm(directory, { recursive: true }))
  const path = join(directory, 'key')
  await writeFile(path, `${'k'.repeat(32)}\n`)
  const name = 'SLUICE_BOOTSTRAP_API_KEY'
  const config = readConfig({ ...least, [`${name}_FILE`]: path })
  assert.equal(config.bootstrapApiKey?.open(), 'k'.repeat(32))
  const both = { ...least, [`${name}_FILE`]: path, [name]: 'x'.repeat(32) }
  assert.throws(() => readConfig(both), /SLUICE_BOOTSTRAP_API_KEY_FILE is given beside/)
  const missing = { ...least, [`${name}_FILE`]: join(directory, 'none') }
  assert.throws(() => readConfig(missing), /_FILE names .*none, which cannot be read \(ENOENT\)/)
  const plain = { ...least, SLUICE_PORT_FILE: path }
  assert.equal(readConfig(plain).http.port, 8080, 'only secrets come from files')
})

test('a cluster is one word, and needs a ClickHouse to be of', () => {
  const alone = { ...least, SLUICE_CLICKHOUSE_CLUSTER: 'many' }
  assert.throws(() => readConfig(alone), /CLUSTER needs SLUICE_CLICKHOUSE_URL/)
  const url = { SLUICE_CLICKHOUSE_URL: 'http://ch:8123' }
  assert.throws(
    () => readConfig({ ...least, ...url, SLUICE_CLICKHOUSE_CLUSTER: 'a b' }),
    /CLUSTER must be a word/,
  )
  assert.equal(readConfig({ ...alone, ...url }).clickhouseCluster, 'many')
})

test('PostgreSQL needs a key to encrypt with, one or several', () => {
  const shared = { ...least, SLUICE_DATABASE_URL: 'postgresql://db/sluice' }
  assert.throws(() => readConfig(shared), /SLUICE_SECRET_KEY is missing.*openssl rand -base64 32/)
  const keys = [1, 2].map((byte) => Buffer.alloc(32, byte).toString('base64'))
  const { secretKeys } = readConfig({ ...shared, SLUICE_SECRET_KEY: keys.join(', ') })
  assert.deepEqual(
    secretKeys.map((key) => key.open()),
    keys,
  )
})

test('every variable is read by its name', () => {
  const read = new Set<string>()
  const env = new Proxy<Record<string, string>>(least, {
    get: (target, name) => {
      const text = String(name)
      read.add(text in variables ? text : text.replace(/_FILE$/, ''))
      return target[String(name)]
    },
  })
  readConfig(env)
  assert.deepEqual([...read].sort(), Object.keys(variables).sort())
})
