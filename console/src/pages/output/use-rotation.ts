import type { Client, OutputSetup, S3RoleBasedOutput } from '@sluice/sdk'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useOrganization } from '../../frame/session.ts'
import { outputQueries } from './output-queries.ts'

type RotationMove = 'start' | 'promote' | 'retire' | 'cancel'

/** The rotation of an output’s id, and the set-up of each role that its present step asks for. */
export function useRotation(output: S3RoleBasedOutput) {
  const { client, organization } = useOrganization()
  const queries = useQueryClient()
  const rotation = useQuery(outputQueries({ client, organization }, output.id).rotation)
  // A rotation that follows one that was cancelled comes to the same steps, with other ids.
  const { step, nextExternalId } = rotation.data ?? {}
  const setups = useQuery({
    queryKey: [organization.id, 'output', output.id, 'rotation setups', nextExternalId, step],
    queryFn: () => setupsOf(client, output),
  })
  const move = useMutation({
    mutationFn: (verb: RotationMove) =>
      client.outputs.s3RoleBased.externalIdRotation[verb](output.id),
    onSuccess: () => queries.invalidateQueries({ queryKey: [organization.id] }),
  })
  return { rotation, setups, move }
}

/** Of GLOBAL, one for each role of the outputs that share the id. */
async function setupsOf(client: Client, output: S3RoleBasedOutput): Promise<OutputSetup[]> {
  const { s3RoleBased } = client.outputs
  const outputOf = new Map([[output.roleArn, output.id]])
  if (output.externalIdMode === 'GLOBAL')
    for await (const { id, roleArn, externalIdMode } of s3RoleBased.list())
      if (externalIdMode === 'GLOBAL') outputOf.set(roleArn, id)
  return Promise.all([...outputOf.values()].map((id) => s3RoleBased.getSetup(id)))
}
