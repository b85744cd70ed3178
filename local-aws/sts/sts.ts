import type { QueryService } from '../query.ts'
import type { State } from '../state.ts'
import { assumeRole } from './assume-role.ts'
import { getCallerIdentity } from './get-caller-identity.ts'

/** https://docs.aws.amazon.com/STS/latest/APIReference/ */
export function createSts(state: State): QueryService {
  return {
    version: '2011-06-15',
    namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    operations: {
      AssumeRole: (call) => assumeRole(state, call),
      GetCallerIdentity: getCallerIdentity,
    },
  }
}
