import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { isSealingKey } from '#sealing'
import { Secret } from '#secret'
import { type LogLevel, logLevels } from '#telemetry'
import { KEY_LENGTH_MIN, type Variable, type VariableName, variables } from './variables.ts'

export interface Config {
  http: { host: string; port: number }
  dataDirectory: string
  /** Absent: PGlite in the data directory. */
  databaseUrl: Secret | undefined
  /** Absent: a ClickHouse of our own in the data directory. */
  clickhouseUrl: Secret | undefined
  /** ClickHouse's name of it; absent: one server. */
  clickhouseCluster: string | undefined
  /** Base64; the first one seals. Absent: a file in the data directory. */
  secretKeys: Secret[]
  bootstrapApiKey: Secret | undefined
  aws: {
    /** The user or role that customers name in their trust policies. */
    principalArn: string
    /** Roles of our own account that outputs may name all the same. */
    ownAccountRoleArns: string[]
  }
  /** Where the operator publishes the template of quick-create links. */
  cloudFormationTemplateUrl: Secret | undefined
  allowCustomExternalId: boolean
  webhooks: {
    /** Private addresses, and http. */
    allowsPrivateAddresses: boolean
  }
  spoolBytesMax: number
  collector: {
    /** Addresses and CIDR blocks. */
    trustedProxies: string[]
    /** Files in MaxMind's format. */
    geoipFiles: string[]
    /** Requests a second. */
    rates: { perAddress: number; perLicense: number }
  }
  /** Of an OpenTelemetry collector; absent: no traces. */
  tracesEndpoint: Secret | undefined
  logLevel: LogLevel
}

type Environment = Record<string, string | undefined>

const RATES = { min: 1, max: 10_000_000 }
const SPOOL_BYTES_MIN = 64 * 1024 ** 2
const PRINCIPAL = /^arn:aws[a-z-]*:iam::\d{12}:(user|role)\/[\w+=,.@/-]+$/
const ROLE = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/

/** Every mistake of the environment, one a line, in one error. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  constructor(mistakes: string[]) {
    super(['The environment is not valid:', ...mistakes.map((text) => `  ${text}`)].join('\n'))
  }
}

/** Reads the whole environment, or throws a ConfigError with all that is wrong in it. */
export function readConfig(env: Environment): Config {
  const mistakes: string[] = []
  const read = readerOf(env, mistakes)
  const config: Config = {
    http: {
      host: read.text('SLUICE_HOST'),
      port: read.integer('SLUICE_PORT', { min: 0, max: 65_535 }),
    },
    dataDirectory: read.text('SLUICE_DATA_DIR'),
    databaseUrl: read.url('SLUICE_DATABASE_URL', ['postgres:', 'postgresql:']),
    clickhouseUrl: read.url('SLUICE_CLICKHOUSE_URL', ['http:', 'https:']),
    clickhouseCluster: read.word('SLUICE_CLICKHOUSE_CLUSTER'),
    secretKeys: read.sealingKeys('SLUICE_SECRET_KEY'),
    bootstrapApiKey: read.key('SLUICE_BOOTSTRAP_API_KEY'),
    aws: {
      principalArn: read.principal('SLUICE_PRINCIPAL_ARN'),
      ownAccountRoleArns: read.list(
        'SLUICE_OWN_ACCOUNT_ROLE_ARNS',
        (arn) => ROLE.test(arn),
        'role ARNs',
      ),
    },
    cloudFormationTemplateUrl: read.url('SLUICE_CLOUDFORMATION_TEMPLATE_URL', ['https:']),
    allowCustomExternalId: read.boolean('SLUICE_ALLOW_CUSTOM_EXTERNAL_ID'),
    webhooks: { allowsPrivateAddresses: read.boolean('SLUICE_WEBHOOK_ALLOW_PRIVATE_ADDRESSES') },
    spoolBytesMax: read.integer('SLUICE_SPOOL_BYTES_MAX', {
      min: SPOOL_BYTES_MIN,
      max: Number.MAX_SAFE_INTEGER,
    }),
    collector: {
      trustedProxies: read.list('SLUICE_TRUSTED_PROXIES', isNetwork, 'addresses or CIDR blocks'),
      geoipFiles: read.paths('SLUICE_GEOIP_FILE'),
      rates: {
        perAddress: read.integer('SLUICE_COLLECTOR_RATE_PER_ADDRESS', RATES),
        perLicense: read.integer('SLUICE_COLLECTOR_RATE_PER_LICENSE', RATES),
      },
    },
    tracesEndpoint: read.url('OTEL_EXPORTER_OTLP_ENDPOINT', ['http:', 'https:']),
    logLevel: read.choice('SLUICE_LOG_LEVEL', logLevels),
  }
  if (config.clickhouseCluster !== undefined && config.clickhouseUrl === undefined)
    mistakes.push(
      'SLUICE_CLICKHOUSE_CLUSTER needs SLUICE_CLICKHOUSE_URL: the embedded store is one server.',
    )
  if (config.databaseUrl !== undefined && !hasValue(env, 'SLUICE_SECRET_KEY'))
    mistakes.push(
      'SLUICE_SECRET_KEY is missing, which SLUICE_DATABASE_URL needs: what must be read back, such as webhooks’ ' +
        'signing secrets, is encrypted before it goes there. Make one key for all processes: openssl rand -base64 32',
    )
  if (mistakes.length > 0) throw new ConfigError(mistakes)
  return config
}

function hasValue(env: Environment, name: VariableName): boolean {
  return [env[name], env[`${name}_FILE`]].some((text) => text?.trim())
}

/** An address, or a block such as 10.0.0.0/8. */
function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}

/** Reads one variable each, or its default; what cannot be read is noted, and something stands in for it. */
function readerOf(env: Environment, mistakes: string[]) {
  const refuse = <Value>(name: string, text: string, standIn: Value): Value => {
    mistakes.push(`${name} ${text}`)
    return standIn
  }
  const inFile = (name: VariableName): string | undefined => {
    const variable: Variable = variables[name]
    const path = variable.isSecret && env[`${name}_FILE`]?.trim()
    if (!path) return undefined
    try {
      return readFileSync(path, 'utf8').trim() || undefined
    } catch (error) {
      const text = `names ${path}, which cannot be read (${Object(error).code}).`
      return refuse(`${name}_FILE`, text, undefined)
    }
  }
  const given = (name: VariableName): string | undefined => {
    const [value, fromFile] = [env[name]?.trim() || undefined, inFile(name)]
    const { byDefault }: Variable = variables[name]
    if (value === undefined || fromFile === undefined) return value ?? fromFile ?? byDefault
    return refuse(`${name}_FILE`, `is given beside ${name}: give one of them.`, undefined)
  }
  return {
    text: (name: VariableName) => given(name) ?? '',
    word: (name: VariableName) => {
      const text = given(name)
      if (text === undefined || /^[A-Za-z_][\w-]*$/.test(text)) return text
      return refuse(name, `must be a word, not ${JSON.stringify(text)}.`, undefined)
    },
    integer: (name: VariableName, bounds: { min: number; max: number }) => {
      const text = given(name) ?? ''
      const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
      if (value >= bounds.min && value <= bounds.max) return value
      return refuse(
        name,
        `must be a whole number from ${bounds.min} to ${bounds.max}, not ${JSON.stringify(text)}.`,
        bounds.min,
      )
    },
    boolean: (name: VariableName) => {
      const text = given(name)
      if (text === 'true' || text === 'false') return text === 'true'
      return refuse(name, `must be true or false, not ${JSON.stringify(text)}.`, false)
    },
    choice: <Choice extends string>(name: VariableName, of: readonly Choice[]) => {
      const text = given(name)
      const choice = of.find((each) => each === text)
      const wanted = `must be one of ${of.join(', ')}, not ${JSON.stringify(text)}.`
      return choice ?? refuse(name, wanted, text as Choice)
    },
    /** May hold a password, so what is wrong is never repeated. */
    url: (name: VariableName, protocols: string[]) => {
      const text = given(name)
      if (text === undefined) return undefined
      if (URL.canParse(text) && protocols.includes(new URL(text).protocol)) return new Secret(text)
      return refuse(
        name,
        `must be a URL that begins with ${protocols.join('// or ')}//.`,
        undefined,
      )
    },
    key: (name: VariableName) => {
      const text = given(name)
      if (text === undefined) return undefined
      if (text.length >= KEY_LENGTH_MIN) return new Secret(text)
      return refuse(name, `must have at least ${KEY_LENGTH_MIN} characters.`, undefined)
    },
    /** What is wrong is never repeated. */
    sealingKeys: (name: VariableName) => {
      const keys = (given(name) ?? '').split(/[\s,]+/).filter((key) => key !== '')
      if (keys.every(isSealingKey)) return keys.map((key) => new Secret(key))
      return refuse(name, 'must be 32 bytes in base64, or several such keys.', [])
    },
    principal: (name: VariableName) => {
      const arn = given(name)
      if (arn === undefined)
        return refuse(
          name,
          'is missing: the ARN of the user or role whose AWS credentials this service has, which ' +
            'customers name in their trust policies.',
          '',
        )
      if (PRINCIPAL.test(arn)) return arn
      return refuse(name, `must be the ARN of an IAM user or role, not ${arn}.`, '')
    },
    paths: (name: VariableName) =>
      (given(name) ?? '')
        .split(',')
        .map((path) => path.trim())
        .filter((path) => path !== ''),
    list: (name: VariableName, isValid: (item: string) => boolean, wanted: string) => {
      const items = (given(name) ?? '').split(/[\s,]+/).filter((item) => item !== '')
      const wrong = items.filter((item) => !isValid(item))
      if (wrong.length === 0) return items
      return refuse(name, `must name ${wanted}, not ${wrong.join(', ')}.`, [])
    },
  }
}
