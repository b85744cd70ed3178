import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { startWorld, type World } from '#testing'
import { writeJsonFile } from './json-file.ts'
import { runProcess } from './process.ts'

const NAMES = ['Aurora Video', 'Borealis TV']
const PORT_DEFAULT = 8080
const AWS_PORT_DEFAULT = 4566

const USAGE = `Usage: npm run dev -- [--data-dir D] [--port P] [--aws-port Q]

Keeps a service, an AWS and two organizations up, on the data directory (.sluice). Ports: ${PORT_DEFAULT} of the
API, ${AWS_PORT_DEFAULT} of the AWS; 0 takes any that is free.`

/** A laptop's world, kept up: the service, an AWS, and two organizations, the same at every start. */
async function startDev() {
  const options = readArguments(process.argv.slice(2))
  const world = await startWorld({ ...options, env: sluiceVariables(process.env) })
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
    },
  })
  return {
    dataDirectory: resolve(values['data-dir']),
    port: readPort('--port', values.port),
    awsPort: readPort('--aws-port', values['aws-port']),
  }
}

function readPort(name: string, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port <= 65_535) return port
  throw new Error(`${name} must be a port from 0 to 65535, not ${JSON.stringify(text)}.`)
}

/** What the environment says about the service, but for what belongs to this world. */
function sluiceVariables(env: NodeJS.ProcessEnv): Record<string, string> {
  const names = ['SLUICE_LOG_LEVEL', 'SLUICE_SPOOL_BYTES_MAX', 'SLUICE_ALLOW_CUSTOM_EXTERNAL_ID']
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

Next, in another terminal, as ${first?.name} in its own AWS account ${first?.aws.accountId}:

  export AWS_ENDPOINT_URL=${world.aws.endpointUrl} AWS_REGION=${first?.aws.region} AWS_DEFAULT_REGION=${first?.aws.region}
  export AWS_ACCESS_KEY_ID=${first?.aws.accessKeyId} AWS_SECRET_ACCESS_KEY=${first?.aws.secretAccessKey}
  npx sluice outputs create --bucket my-samples --path-prefix sluice \\
    --role-arn arn:aws:iam::${first?.aws.accountId}:role/sluice-export
  npx sluice outputs setup <output id> --format aws-cli | bash
  curl -H 'X-Api-Key: ${first?.apiKey}' ${world.apiUrl}/analytics/licenses

Ctrl+C stops it; the next start on the same data directory finds everything again.`
}
