import { logLevels } from '#telemetry'

/** One variable of the environment, as docs/configuration.md shows it. */
export interface Variable {
  readonly form: string
  readonly meaning: string
  /** As it would be given. Absent: none; the variable may be left out all the same unless it is needed. */
  readonly byDefault?: string
  readonly isNeeded?: true
  /** May be given as a file: `<name>_FILE`. Its value is never repeated. */
  readonly isSecret?: true
}

export const KEY_LENGTH_MIN = 32

/** All that `readConfig` reads, and nothing else can be read. */
export const variables = {
  SLUICE_PRINCIPAL_ARN: {
    form: 'ARN of a user or role',
    meaning:
      'Whose AWS credentials the service has, and whom customers name in their trust policies. ' +
      'Compared with the credentials at the start.',
    isNeeded: true,
  },
  SLUICE_HOST: {
    form: 'address',
    meaning: 'Where the API listens. Anything but loopback belongs behind TLS.',
    byDefault: '127.0.0.1',
  },
  SLUICE_PORT: {
    form: '0 to 65535',
    meaning: 'The port of the API; 0 takes any that is free.',
    byDefault: '8080',
  },
  SLUICE_DATA_DIR: {
    form: 'directory',
    meaning:
      'The embedded database and sample store, and the spool. One process holds it at a time.',
    byDefault: '.sluice',
  },
  SLUICE_DATABASE_URL: {
    form: '`postgresql://…`',
    meaning:
      'PostgreSQL for resources, tasks and their state. Absent: PGlite in the data directory.',
    isSecret: true,
  },
  SLUICE_CLICKHOUSE_URL: {
    form: '`https://user:password@host:8443/database`',
    meaning: 'ClickHouse for the samples. Absent: local-clickhouse in the data directory.',
    isSecret: true,
  },
  SLUICE_CLICKHOUSE_CLUSTER: {
    form: 'name of a cluster',
    meaning:
      'Where ClickHouse is more than one server: its own name of the cluster, for `ON CLUSTER`. ' +
      'See [clickhouse.md](clickhouse.md).',
  },
  SLUICE_SECRET_KEY: {
    form: '32 bytes in base64; several, separated by commas',
    meaning:
      'Encrypts what must be read back from the database (webhooks’ signing secrets). The first key encrypts, ' +
      'each decrypts. `openssl rand -base64 32` makes one; keep it apart from the database’s backups. Needed with ' +
      'SLUICE_DATABASE_URL, the same for all processes; otherwise absent: `secret.key` in the data directory, made ' +
      'at the first start.',
    isSecret: true,
  },
  SLUICE_BOOTSTRAP_API_KEY: {
    form: `at least ${KEY_LENGTH_MIN} characters`,
    meaning: 'The operator’s key, who makes organizations and their first keys. Absent: nobody is.',
    isSecret: true,
  },
  SLUICE_OWN_ACCOUNT_ROLE_ARNS: {
    form: 'role ARNs, separated by commas',
    meaning: 'Roles of the service’s own account that outputs may name all the same.',
  },
  SLUICE_CLOUDFORMATION_TEMPLATE_URL: {
    form: '`https://…` of an object in S3',
    meaning:
      'Where you publish [sluice-role.json](sluice-role.json): set-up kits then have a link that opens ' +
      'CloudFormation with everything filled in. Absent: customers download a template instead.',
  },
  SLUICE_ALLOW_CUSTOM_EXTERNAL_ID: {
    form: '`true` or `false`',
    meaning: 'Whether callers may choose external ids (CUSTOM). Sluice’s own are better.',
    byDefault: 'false',
  },
  SLUICE_WEBHOOK_ALLOW_PRIVATE_ADDRESSES: {
    form: '`true` or `false`',
    meaning:
      'Whether webhooks may lead to private addresses, and by http: then every organization reaches what ' +
      'this process reaches.',
    byDefault: 'false',
  },
  SLUICE_SPOOL_BYTES_MAX: {
    form: 'bytes',
    meaning: 'Local disk that files on their way to S3 may fill together.',
    byDefault: String(4 * 1024 ** 3),
  },
  SLUICE_TRUSTED_PROXIES: {
    form: 'addresses and CIDR blocks, separated by commas',
    meaning:
      'Proxies whose X-Forwarded-For is believed. Absent: nobody’s, and players behind a proxy all ' +
      'have its address.',
  },
  SLUICE_GEOIP_FILE: {
    form: 'paths, separated by commas',
    meaning:
      'Files in MaxMind’s format for country, region, city and ISP; what several know, the first ' +
      'decides. Looked at again each minute. Absent: those columns are null.',
  },
  SLUICE_COLLECTOR_RATE_PER_ADDRESS: {
    form: 'requests a second',
    meaning:
      'What players of one address, or of one IPv6 /64, may send to one process; ten seconds’ worth ' +
      'at once. Beyond it they get 429.',
    byDefault: '1000',
  },
  SLUICE_COLLECTOR_RATE_PER_LICENSE: {
    form: 'requests a second',
    meaning: 'What players under one license may send to one process, likewise.',
    byDefault: '20000',
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    form: 'URL',
    meaning:
      'Where traces go by OTLP over HTTP: `/v1/traces` below it. Absent: nowhere. Headers for it come ' +
      'from OpenTelemetry’s own `OTEL_EXPORTER_OTLP_HEADERS`.',
  },
  SLUICE_LOG_LEVEL: {
    form: logLevels.map((level) => `\`${level}\``).join(', '),
    meaning: 'What is logged, as JSON lines on standard output.',
    byDefault: 'info',
  },
} satisfies Record<string, Variable>

export type VariableName = keyof typeof variables
