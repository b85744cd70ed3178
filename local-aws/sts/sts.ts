import type { QueryService } from '../query.ts'
import type { State } from '../state.ts'
import { getCallerIdentity } from './get-caller-identity.ts'

/** https://docs.aws.amazon.com/STS/latest/APIReference/ */
export function createSts(_state: State): QueryService {
  return {
    version: '2011-06-15',
    namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    operations: { GetCallerIdentity: getCallerIdentity },
  }
}
