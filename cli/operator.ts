import type { Command } from 'commander'
import { connect, type GlobalOptions } from './connection.ts'
import { examples } from './examples.ts'
import { printAll, printJson, printRows } from './print.ts'

/** With the operator's key alone. */
export function addOperator(program: Command): void {
  const operator = program
    .command('operator')
    .description('what all organizations do together, for the operator')
  operator
    .command('workers')
    .description('list the processes that carry out export tasks, and what each is at')
    .addHelpText('after', examples('sluice operator workers'))
    .action(async (_options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const workers = await connect(globals).client.operator.listWorkers()
      if (globals.json) printJson(workers)
      else
        printRows(
          ['id', 'host', 'processId', 'isAlive', 'seenAt', 'tasks'],
          workers.map(({ tasks, ...worker }) => ({ ...worker, tasks: tasks.length })),
        )
    })
  operator
    .command('queue')
    .description('how many export tasks of each organization wait, and since when')
    .addHelpText('after', examples('sluice operator queue'))
    .action(async (_options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const queues = await connect(globals).client.operator.listQueues()
      if (globals.json) printJson(queues)
      else printRows(['organizationName', 'queued', 'started', 'oldestQueuedAt'], queues)
    })
  operator
    .command('failing-outputs')
    .description('list the outputs through which nothing arrives as it should')
    .addHelpText('after', examples('sluice operator failing-outputs'))
    .action(async (_options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const { client } = connect(globals)
      const columns = ['organizationName', 'outputId', 'bucketName', 'role', 'exportTask']
      await printAll(client.operator.listFailingOutputs(), [...columns, 'lateSince'], globals)
    })
}
