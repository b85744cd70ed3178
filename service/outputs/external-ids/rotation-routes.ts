import { Type } from 'typebox'
import type { App } from '#http'
import { findSlot, getRotation } from './find-rotation.ts'
import { cancelRotation, promoteRotation, retireOldId, startRotation } from './rotation.ts'
import type { RotationProof } from './rotation-proof.ts'
import { RotationAnswer, writeRotation } from './schema.ts'

const tags = ['Outputs']
const PATH = '/analytics/outputs/s3-role-based/:id/external-id-rotation'
const params = Type.Object({ id: Type.String() })
const shared = 'Of an output with GLOBAL, for all such outputs of the organization together. '

/** …/external-id-rotation and its steps. */
export function addRotation(app: App, { rotationProof }: { rotationProof: RotationProof }): void {
  app.post(
    PATH,
    {
      schema: {
        operationId: 'startExternalIdRotation',
        summary: 'Issue the next external id; the trust policy must demand either of the two',
        description: `${shared}Until the rotation ends, exports use whichever of the two the role takes.`,
        tags,
        params,
        response: { 201: RotationAnswer },
      },
    },
    async ({ caller, params }) => writeRotation(await startRotation(caller.scope, params.id)),
  )
  app.get(
    PATH,
    {
      schema: {
        operationId: 'getExternalIdRotation',
        summary: 'Get the rotation that is under way, or else the last one',
        tags,
        params,
        response: { 200: RotationAnswer },
      },
    },
    async ({ caller: { scope }, params: { id } }) =>
      writeRotation(await getRotation(scope, await findSlot(scope, id), id)),
  )
  app.delete(
    PATH,
    {
      schema: {
        operationId: 'cancelExternalIdRotation',
        summary: 'Cancel the rotation: the old external id is the present one, the next is retired',
        description:
          `${shared}Possible until the old id is retired. The trust policy must demand the old id again ` +
          'before this, or exports fail after it.',
        tags,
        params,
        response: { 200: RotationAnswer },
      },
    },
    async ({ caller, params }) => writeRotation(await cancelRotation(caller.scope, params.id)),
  )
  app.post(
    `${PATH}/promotion`,
    {
      schema: {
        operationId: 'promoteExternalId',
        summary:
          'Make the next external id the present one, once the role is proven to open with it',
        description: `${shared}409 where a role does not pass; 503 where AWS gave no clear answer.`,
        tags,
        params,
        response: { 200: RotationAnswer },
      },
    },
    async ({ caller, params }) =>
      writeRotation(await promoteRotation(caller.scope, params.id, rotationProof)),
  )
  app.post(
    `${PATH}/retirement`,
    {
      schema: {
        operationId: 'retireExternalId',
        summary:
          'Retire the old external id, once the role is proven to refuse it; it never returns',
        description: `${shared}409 where a role does not pass; 503 where AWS gave no clear answer.`,
        tags,
        params,
        response: { 200: RotationAnswer },
      },
    },
    async ({ caller, params }) =>
      writeRotation(await retireOldId(caller.scope, params.id, rotationProof)),
  )
}
