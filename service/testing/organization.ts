import assert from 'node:assert/strict'
import type { LocalAws } from '@sluice/local-aws'
import type { WorldOrganization } from './testing.ts'

/** Makes a customer through the public API, as an operator would, and an empty AWS account for them. */
export async function createOrganization(options: {
  apiUrl: string
  operatorApiKey: string
  aws: LocalAws
  region: string
  name: string
}): Promise<WorldOrganization> {
  const { apiUrl, operatorApiKey, name, region } = options
  const operator = { 'X-Api-Key': operatorApiKey }
  const { id } = await post(`${apiUrl}/account/organizations`, operator, { name })
  const acting = { ...operator, 'X-Tenant-Org-Id': id }
  const { value: apiKey } = await post(`${apiUrl}/account/api-keys`, acting, { name: 'first key' })
  const license = await post(
    `${apiUrl}/analytics/licenses`,
    { 'X-Api-Key': apiKey },
    { name: `${name}, web`, timeZone: 'UTC' },
  )
  const account = await options.aws.createAccount()
  return { id, name, apiKey, licenseKey: license.licenseKey, aws: { ...account, region } }
}

async function post(
  url: string,
  headers: Record<string, string>,
  body: Record<string, unknown>,
): Promise<Record<'id' | 'value' | 'licenseKey', string>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  const answer = Object(await response.json())
  assert.equal(response.status, 201, `POST ${url}: ${JSON.stringify(answer)}`)
  return answer.data.result
}
