import type { QueryService } from '../query.ts'
import type { State } from '../state.ts'

/** https://docs.aws.amazon.com/IAM/latest/APIReference/ */
export function createIam(_state: State): QueryService {
  return {
    version: '2010-05-08',
    namespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
    operations: {},
  }
}
