import { readConfig } from '#config'
import { runProcess } from './process.ts'
import { startService } from './service.ts'

/** The service alone, from the environment. */
await runProcess(async () => {
  const service = await startService(readConfig(process.env))
  console.error(`Sluice is listening on ${service.url}; its API is ${service.apiUrl}.`)
  return service
})
