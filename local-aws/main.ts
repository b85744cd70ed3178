import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type LocalAccount, startLocalAws } from './local-aws.ts'
import { replaceFile } from './state.ts'

// `npx local-aws`: an AWS for a terminal, with its accounts as profiles of the AWS CLI and the SDKs.

const PORT_DEFAULT = '4566'
const ACCOUNT_DEFAULT = '111122223333'
const REGION_DEFAULT = 'us-east-1'

const usage = `Usage: local-aws [options]

IAM, STS and S3 on this machine, until Ctrl+C.

Options:
  --data-dir <directory>  where everything is kept (default: .local-aws)
  --port <port>           0 takes any that is free (default: ${PORT_DEFAULT})
  --account <id>          an account with an administrator; may be given again (default: ${ACCOUNT_DEFAULT})
  --region <region>       of the profiles (default: ${REGION_DEFAULT})
  --help                  this text

Example:
  npx local-aws --account 111122223333 --account 444455556666`

interface Arguments {
  dataDirectory: string
  port: number
  accountIds: string[]
  region: string
}

/** Undefined: help was asked for. Throws a sentence for whoever typed it. */
function readArguments(args: string[]): Arguments | undefined {
  const { values } = parseArgs({
    args,
    options: {
      'data-dir': { type: 'string', default: '.local-aws' },
      port: { type: 'string', default: PORT_DEFAULT },
      account: { type: 'string', multiple: true, default: [ACCOUNT_DEFAULT] },
      region: { type: 'string', default: REGION_DEFAULT },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  const port = /^\d{1,5}$/.test(values.port) ? Number(values.port) : Number.NaN
  if (!(port <= 65_535))
    throw new Error(`--port must be a port from 0 to 65535, not ${values.port}.`)
  const wrong = values.account.find((id) => !/^\d{12}$/.test(id))
  if (wrong !== undefined) throw new Error(`--account must be twelve digits, not ${wrong}.`)
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(values.region))
    throw new Error(`--region must be a region of AWS, such as us-east-1, not ${values.region}.`)
  const accountIds = [...new Set(values.account)]
  return { dataDirectory: resolve(values['data-dir']), port, accountIds, region: values.region }
}

const profileOf = ({ accountId }: LocalAccount) => `local-${accountId}`

/** https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html */
function configOf(accounts: LocalAccount[], at: { endpointUrl: string; region: string }): string {
  const sections = accounts.map(
    (account) => `[profile ${profileOf(account)}]
endpoint_url = ${at.endpointUrl}
region = ${at.region}
aws_access_key_id = ${account.accessKeyId}
aws_secret_access_key = ${account.secretAccessKey}
s3 =
  signature_version = s3v4
`,
  )
  return sections.join('\n')
}

async function run({ dataDirectory, port, accountIds, region }: Arguments): Promise<void> {
  const aws = await startLocalAws({ dataDirectory, port })
  const accounts: LocalAccount[] = []
  for (const accountId of accountIds) accounts.push(await aws.createAccount({ accountId }))
  const { endpointUrl } = aws
  const configFile = join(dataDirectory, 'aws-config')
  await replaceFile(configFile, configOf(accounts, { endpointUrl, region }))
  const [first] = accounts
  console.log(`IAM, STS and S3 are listening on ${endpointUrl}.

In another terminal, as the administrator of an account (${accounts.map(profileOf).join(', ')}):

  export AWS_ENDPOINT_URL=${endpointUrl}
  export AWS_CONFIG_FILE=${configFile}
  export AWS_PROFILE=${first && profileOf(first)}
  aws s3 mb s3://my-bucket

Ctrl+C stops it; the next start on the same directory finds everything again.`)
  const stop = () => void aws.close()
  process.on('SIGINT', stop).on('SIGTERM', stop)
}

try {
  const options = readArguments(process.argv.slice(2))
  if (options === undefined) console.log(usage)
  else await run(options)
} catch (error) {
  const text = error instanceof Error ? error.message : String(error)
  const isUsage =
    error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE')
  console.error(isUsage ? `${text}\n\n${usage}` : text)
  process.exitCode = 1
}
