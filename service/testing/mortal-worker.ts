/** A worker in a process of its own, to be killed or stopped. Argument: its environment and AWS client, as JSON. */
import { readConfig } from '#config'
import { runProcess } from '../process.ts'
import { startService } from '../service.ts'
import { crashWorker } from './crashing-world.ts'
import { smallSizes } from './testing.ts'

const { env, aws } = JSON.parse(process.argv[2] ?? '')
await runProcess(async () => {
  const service = await startService(readConfig(env), {
    aws,
    role: 'worker',
    worker: crashWorker,
    sizes: smallSizes,
    proofTiming: { probePauseMs: 1 },
  })
  console.log('at work')
  return service
})
