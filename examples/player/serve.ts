/** A page with a player and a collector, on this machine, whose samples go to a running `npm run dev`. */
import { readFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createClient } from '@sluice/sdk'
import sirv from 'sirv'

const { values } = parseArgs({
  options: {
    'data-dir': { type: 'string', default: '.sluice' },
    port: { type: 'string', default: '8090' },
  },
})

const pageFiles = sirv(join(import.meta.dirname, 'page'), { dev: true })
const collectorFiles = sirv(dirname(fileURLToPath(import.meta.resolve('bitmovin-analytics'))))

const server = createServer((request, response) => {
  if (request.url === '/settings.json') return void sendSettings(response)
  pageFiles(request, response, () => {
    collectorFiles(request, response, () => {
      response.writeHead(404).end()
    })
  })
})
server.on('error', (error) => {
  console.error(`The page cannot be served: ${error.message}. Choose another --port.`)
  process.exitCode = 1
})
server.listen(Number(values.port), '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  console.log(`The example player: http://127.0.0.1:${port} (Ctrl+C stops it)`)
})

/** What the page needs of npm run dev; the API key stays here. */
async function sendSettings(response: ServerResponse): Promise<void> {
  const message = 'npm run dev is not running. Start it in another terminal, then reload.'
  const settings = await readSettings().catch(() => undefined)
  response
    .writeHead(settings === undefined ? 503 : 200, { 'content-type': 'application/json' })
    .end(JSON.stringify(settings ?? { message }))
}

async function readSettings() {
  const dev = JSON.parse(await readFile(join(values['data-dir'], 'dev.json'), 'utf8'))
  const [organization] = dev.organizations
  const { apiKey, name, licenseKey } = organization
  const outputs = createClient({ apiUrl: dev.apiUrl, apiKey }).outputs.s3RoleBased.list()
  const { value: output } = await outputs.next()
  return {
    backendUrl: dev.serviceUrl,
    organization: name,
    licenseKey,
    accountId: organization.aws.accountId,
    outputId: output?.id,
  }
}
