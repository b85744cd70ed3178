/**
 * What `aws` is to a test that may need nothing but Node: the few commands of the AWS CLI that the set-up
 * script uses, each the call of the SDK that it stands for, with the CLI's way of answering. Anything else
 * is refused, so that the script cannot come to lean on what the real one would not do.
 */

/** The options of one command, by their names without `--`; what is no option is called `argument`. */
type Options = Record<string, string>

const USAGE_EXIT_CODE = 252
const REFUSED_EXIT_CODE = 254

// The client of the command alone is loaded: a script calls it a dozen times.
const openIam = async () => new (await import('@aws-sdk/client-iam')).IAM({})
const openSts = async () => new (await import('@aws-sdk/client-sts')).STS({})
const openS3 = async ({ region }: Options) => {
  const { S3 } = await import('@aws-sdk/client-s3')
  return new S3({ forcePathStyle: true, ...(region !== undefined && { region }) })
}
const bucketOf = (options: Options) => ({
  Bucket: options.bucket,
  ...(options['expected-bucket-owner'] !== undefined && {
    ExpectedBucketOwner: options['expected-bucket-owner'],
  }),
})

const commands: Record<string, { takes: string[]; run(options: Options): Promise<object> }> = {
  'sts get-caller-identity': {
    takes: [],
    run: async () => (await openSts()).getCallerIdentity({}),
  },
  'iam get-role': {
    takes: ['role-name'],
    run: async (options) => (await openIam()).getRole({ RoleName: options['role-name'] }),
  },
  'iam create-role': {
    takes: ['role-name', 'path', 'assume-role-policy-document'],
    run: async (options) =>
      (await openIam()).createRole({
        RoleName: options['role-name'],
        Path: options.path,
        AssumeRolePolicyDocument: options['assume-role-policy-document'],
      }),
  },
  'iam update-assume-role-policy': {
    takes: ['role-name', 'policy-document'],
    run: async (options) =>
      (await openIam()).updateAssumeRolePolicy({
        RoleName: options['role-name'],
        PolicyDocument: options['policy-document'],
      }),
  },
  'iam put-role-policy': {
    takes: ['role-name', 'policy-name', 'policy-document'],
    run: async (options) =>
      (await openIam()).putRolePolicy({
        RoleName: options['role-name'],
        PolicyName: options['policy-name'],
        PolicyDocument: options['policy-document'],
      }),
  },
  's3api head-bucket': {
    takes: ['bucket', 'expected-bucket-owner', 'region'],
    run: async (options) => (await openS3(options)).headBucket(bucketOf(options)),
  },
  's3api get-bucket-policy': {
    takes: ['bucket', 'region'],
    run: async (options) => (await openS3(options)).getBucketPolicy(bucketOf(options)),
  },
  's3api put-bucket-policy': {
    takes: ['bucket', 'region', 'policy'],
    run: async (options) =>
      (await openS3(options)).putBucketPolicy({ ...bucketOf(options), Policy: options.policy }),
  },
  's3 mb': {
    takes: ['argument', 'region'],
    run: async (options) => {
      const s3 = await openS3(options)
      const Bucket = options.argument?.replace(/^s3:\/\//, '')
      const region = await s3.config.region()
      // us-east-1 is the one region that has no name here.
      const LocationConstraint = region as 'eu-central-1'
      const where = { CreateBucketConfiguration: { LocationConstraint } }
      return s3.createBucket({ Bucket, ...(region !== 'us-east-1' && where) })
    },
  },
}

const [service = '', operation = '', ...rest] = process.argv.slice(2)
const name = `${service} ${operation}`
const command = commands[name]
const options = readOptions(rest)
const unknown = Object.keys(options).filter(
  (option) => ![...(command?.takes ?? []), 'query', 'output'].includes(option),
)
if (command === undefined || unknown.length > 0)
  fail(USAGE_EXIT_CODE, `The stand-in for aws does not know: ${[name, ...unknown].join(' ')}`)
try {
  print(await command.run(options), options)
} catch (error) {
  const thrown = Object(error)
  // An answer to HEAD has no body, so the CLI has nothing but its status.
  const code = operation.startsWith('head-') ? thrown.$metadata?.httpStatusCode : thrown.name
  const called = operation.replace(/(^|-)(\w)/g, (_all, _dash, letter) => letter.toUpperCase())
  fail(
    REFUSED_EXIT_CODE,
    `An error occurred (${code}) when calling the ${called} operation: ${thrown.message}`,
  )
}

function readOptions(args: string[]): Options {
  const read: Options = {}
  for (let at = 0; at < args.length; at += 1) {
    const [, option, value] = /^--([a-z-]+)(?:=(.*))?$/s.exec(args[at] ?? '') ?? []
    if (option === undefined) read.argument = args[at] ?? ''
    else if (value !== undefined) read[option] = value
    else read[option] = args[++at] ?? fail(USAGE_EXIT_CODE, `--${option} lacks a value`)
  }
  return read
}

/** `--query` takes a path of members here. What has no members is not printed. */
function print(answer: object, { query, output }: Options): void {
  const { $metadata: _metadata, ...members } = Object(answer)
  if (Object.keys(members).length === 0) return
  let value: unknown = members
  for (const member of query?.split('.') ?? []) value = Object(value)[member]
  console.log(output === 'text' ? String(value) : JSON.stringify(value))
}

function fail(code: number, text: string): never {
  console.error(text)
  process.exit(code)
}
