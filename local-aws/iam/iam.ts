import type { Operation, QueryService } from '../query.ts'
import type { State } from '../state.ts'
import { accessKeyOperations } from './access-keys.ts'
import { attachedPolicyOperations } from './attached-policies.ts'
import { openIamCall } from './iam-call.ts'
import { inlinePolicyOperations } from './inline-policies.ts'
import { permissionsBoundaryOperations } from './permissions-boundaries.ts'
import { policyOperations } from './policies.ts'
import { roleTagOperations } from './role-tags.ts'
import { roleOperations } from './roles.ts'
import { userOperations } from './users.ts'

const operations = {
  ...userOperations,
  ...accessKeyOperations,
  ...roleOperations,
  ...roleTagOperations,
  ...permissionsBoundaryOperations,
  ...inlinePolicyOperations,
  ...attachedPolicyOperations,
  ...policyOperations,
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/ */
export function createIam(state: State): QueryService {
  const bound = Object.entries(operations).map(([name, operation]): [string, Operation] => {
    return [name, (call) => operation(openIamCall(state, name, call))]
  })
  return {
    version: '2010-05-08',
    namespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
    operations: Object.fromEntries(bound),
  }
}
