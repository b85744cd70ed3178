import assert from 'node:assert/strict'
import type { Sluice } from './sluice.ts'

/** Something that goes wrong in local-aws, until it is removed: local-aws/README.md has the kinds. */
export async function addFault({ awsEndpointUrl }: Pick<Sluice, 'awsEndpointUrl'>, fault: object) {
  const url = `${awsEndpointUrl}/_local-aws/faults`
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(fault) })
  assert.equal(answer.status, 201)
  const { id } = (await answer.json()) as { id: string }
  return { remove: () => fetch(`${url}/${id}`, { method: 'DELETE' }) }
}
