import type { Client } from '@sluice/sdk'
import { type Command, Option } from 'commander'
import { connect, type GlobalOptions } from './connection.ts'
import { examples } from './examples.ts'
import { addAccesses, addHours, addReport } from './outputs-evidence.ts'
import { addSetup } from './outputs-setup.ts'
import { addVerify } from './outputs-verify.ts'
import { note, printAll, printOne } from './print.ts'
import { addRotation } from './rotation.ts'

type NewOutput = Parameters<Client['outputs']['s3RoleBased']['create']>[0]

interface CreateOptions {
  bucket: string
  roleArn: string
  name?: string
  externalIdMode?: (typeof modes)[number]
  externalId?: string
  region?: string
  pathPrefix?: string
  bucketOwner?: string
}

const modes = ['GENERATED', 'GLOBAL', 'CUSTOM'] as const

export function addOutputs(program: Command): void {
  const outputs = program
    .command('outputs')
    .description('S3 role-based outputs: the buckets that exports go to')
  outputs
    .command('create')
    .description('create an output and hand out the external id that its role must demand')
    .requiredOption('--bucket <name>', 'the bucket')
    .requiredOption('--role-arn <arn>', 'the role in the customer’s account; it may be made later')
    .option('--name <name>', 'for people')
    .addOption(new Option('--external-id-mode <mode>', 'whose it is').choices(modes))
    .option(
      '--external-id <id>',
      'one that external-ids create handed out, or with CUSTOM your own',
    )
    .option('--region <region>', 'as the API has it: EU_CENTRAL_1; looked up when absent')
    .option(
      '--path-prefix <prefix>',
      'what the session may write below; the whole bucket when absent',
    )
    .option('--bucket-owner <accountId>', 'the role’s account when absent')
    .addHelpText(
      'after',
      examples(
        'sluice outputs create --bucket my-samples --path-prefix sluice \\',
        '  --role-arn arn:aws:iam::111122223333:role/sluice-export',
        'sluice outputs create --bucket my-samples --external-id <externalId> \\',
        '  --role-arn arn:aws:iam::111122223333:role/sluice-export',
      ),
    )
    .action(async (options: CreateOptions, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const { client } = connect(globals)
      const output = await client.outputs.s3RoleBased.create(newOutput(options))
      printOne(output, globals)
      note(
        `\nNext, make its role and, if it is missing, its bucket in your AWS account:\n` +
          `  sluice outputs setup ${output.id} --format aws-cli | bash\n` +
          `Other ways: sluice outputs setup ${output.id}`,
      )
    })
  outputs
    .command('list')
    .description('list outputs')
    .option('--name <name>', 'only those of exactly this name')
    .addHelpText('after', examples('sluice outputs list --name nightly'))
    .action(async (options: { name?: string }, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const { client } = connect(globals)
      const columns = ['id', 'name', 'bucketName', 'roleArn', 'externalIdMode']
      await printAll(client.outputs.s3RoleBased.list(options), columns, globals)
    })
  outputs
    .command('get <id>')
    .description('show an output, with its external id')
    .addHelpText('after', examples('sluice outputs get <id>'))
    .action(async (id: string, _options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      printOne(await connect(globals).client.outputs.s3RoleBased.get(id), globals)
    })
  addSetup(outputs)
  addVerify(outputs)
  addHours(outputs)
  addReport(outputs)
  addAccesses(outputs)
  outputs
    .command('delete <id>')
    .description('delete an output; files that were delivered stay')
    .addHelpText('after', examples('sluice outputs delete <id>'))
    .action(async (id: string, _options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      await connect(globals).client.outputs.s3RoleBased.delete(id)
      printOne({ id }, globals)
    })
  addRotation(outputs)
}

function newOutput(options: CreateOptions): NewOutput {
  const { bucket, roleArn, name, externalIdMode, externalId, region, pathPrefix, bucketOwner } =
    options
  return {
    bucketName: bucket,
    roleArn,
    ...(name !== undefined && { name }),
    ...(externalIdMode !== undefined && { externalIdMode }),
    ...(externalId !== undefined && { externalId }),
    // The service knows the regions, and names them all when this is none.
    ...(region !== undefined && { cloudRegion: region as NonNullable<NewOutput['cloudRegion']> }),
    ...(pathPrefix !== undefined && { pathPrefix }),
    ...(bucketOwner !== undefined && { expectedBucketOwner: bucketOwner }),
  }
}
