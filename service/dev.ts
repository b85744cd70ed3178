import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { World } from '#testing'
import { writeJsonFile } from './json-file.ts'
import { runProcess } from './process.ts'
import { type VariableName, variables } from './variables.ts'

const NAMES = ['Aurora Video', 'Borealis TV']
const PORT_DEFAULT = 8080
const AWS_PORT_DEFAULT = 4566

/** Of its own are its stores, its keys and its addresses. */
const worldDecides: ReadonlySet<string> = new Set<VariableName>([
  'SLUICE_PRINCIPAL_ARN',
  'SLUICE_HOST',
  'SLUICE_PORT',
  'SLUICE_DATA_DIR',
  'SLUICE_DATABASE_URL',
  'SLUICE_CLICKHOUSE_URL',
  'SLUICE_CLICKHOUSE_CLUSTER',
  'SLUICE_SECRET_KEY',
  'SLUICE_BOOTSTRAP_API_KEY',
])

const port = { what: 'a port', max: 65_535 }
const hours = { what: 'a number of hours', max: 24 }

const USAGE = `Usage: npm run dev -- [--data-dir D] [--port P] [--aws-port Q] [--hours-ahead H]

Keeps a service, an AWS and two organizations up, on the data directory (.sluice). Ports: ${PORT_DEFAULT} of the
API, ${AWS_PORT_DEFAULT} of the AWS; 0 takes any that is free. With --hours-ahead 1 the service is an hour ahead, so that samples
of this hour can be exported now; those that come later keep to that time until the day has caught up.`

/** A laptop's world, kept up: the service, an AWS, and two organizations, the same at every start. */
async function startDev() {
  const options = readArguments(process.argv.slice(2))
  const env = sluiceVariables(process.env)
  // Loaded once it is wanted: help and mistakes are told at once.
  const { startWorld } = await import('#testing')
  const world = await startWorld({ ...options, env, signInLinks: true })
  const file = join(options.dataDirectory, 'dev.json')
  for (const name of NAMES.slice(world.organizations.length)) await world.createOrganization(name)
  await writeJsonFile(file, describeWorld(world))
  console.log(nextSteps(world, file))
  return {
    close: async () => {
      await rm(file, { force: true })
      await world.close()
    },
  }
}

if (process.argv.slice(2).some((text) => ['--help', '-h'].includes(text))) console.log(USAGE)
else await runProcess(startDev)

function readArguments(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      'data-dir': { type: 'string', default: '.sluice' },
      port: { type: 'string', default: String(PORT_DEFAULT) },
      'aws-port': { type: 'string', default: String(AWS_PORT_DEFAULT) },
      'hours-ahead': { type: 'string', default: '0' },
    },
  })
  return {
    dataDirectory: resolve(values['data-dir']),
    port: readWhole(values.port, '--port', port),
    awsPort: readWhole(values['aws-port'], '--aws-port', port),
    hoursAhead: readWhole(values['hours-ahead'], '--hours-ahead', hours),
  }
}

function readWhole(text: string, name: string, { what, max }: typeof port): number {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (number <= max) return number
  throw new Error(`${name} must be ${what} from 0 to ${max}, not ${JSON.stringify(text)}.`)
}

/** What the environment says about the service, but for what the world decides: it never opens a production's stores. */
function sluiceVariables(env: NodeJS.ProcessEnv): Record<string, string> {
  const names = Object.keys(variables).filter((name) => !worldDecides.has(name))
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])))
}

function describeWorld(world: World) {
  return {
    serviceUrl: world.url,
    apiUrl: world.apiUrl,
    awsEndpointUrl: world.aws.endpointUrl,
    servicePrincipalArn: world.servicePrincipalArn,
    organizations: world.organizations,
  }
}

function nextSteps(world: World, file: string): string {
  const [first] = world.organizations
  return `
Sluice        ${world.url} (API: ${world.apiUrl})
AWS           ${world.aws.endpointUrl}
principal     ${world.servicePrincipalArn}
${world.organizations.map((each) => `organization  ${each.name}: API key ${each.apiKey}, license ${each.licenseKey}`).join('\n')}
everything    ${file}

The console, signed in at once; each link works once, within 15 minutes of this start:

${world.organizations.map((each) => `  ${each.name.padEnd(13)} ${world.signInLink(each.apiKey)}`).join('\n')}
  ${'the operator'.padEnd(13)} ${world.signInLink(world.operatorApiKey)}

Next, in another terminal, as ${first?.name} in its own AWS account ${first?.aws.accountId}:

  export AWS_ENDPOINT_URL=${world.aws.endpointUrl} AWS_REGION=${first?.aws.region} AWS_DEFAULT_REGION=${first?.aws.region}
  export AWS_ACCESS_KEY_ID=${first?.aws.accessKeyId} AWS_SECRET_ACCESS_KEY=${first?.aws.secretAccessKey}
  npx sluice outputs create --bucket my-samples --path-prefix sluice \\
    --role-arn arn:aws:iam::${first?.aws.accountId}:role/sluice-export
  npx sluice outputs setup <output id> --format aws-cli | bash
  npm run example
  curl -H 'X-Api-Key: ${first?.apiKey}' ${world.apiUrl}/analytics/licenses

Ctrl+C stops it; the next start on the same data directory finds everything again.`
}
