import { type Command, Option } from 'commander'
import { connect, type GlobalOptions } from './connection.ts'
import { examples } from './examples.ts'
import { printAll, printOne } from './print.ts'

interface VirtualOptions {
  license: string[]
  timeZone: string
}

export function addVirtualLicenses(program: Command): void {
  const virtual = program
    .command('virtual-licenses')
    .description('several licenses under one id, which stands where a license key is asked for')
  virtual
    .command('create <name>')
    .description('create a virtual license')
    .addOption(licenses())
    .addOption(timeZone())
    .addHelpText('after', examples('sluice virtual-licenses create all --license <key>'))
    .action(async (name: string, options: VirtualOptions, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const body = bodyOf(name, options)
      printOne(await connect(globals).client.virtualLicenses.create(body), globals)
    })
  virtual
    .command('list')
    .description('list virtual licenses')
    .addHelpText('after', examples('sluice virtual-licenses list'))
    .action(async (_options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const { client } = connect(globals)
      await printAll(client.virtualLicenses.list(), ['id', 'name', 'timezone'], globals)
    })
  virtual
    .command('get <id>')
    .description('show a virtual license with its licenses')
    .addHelpText('after', examples('sluice virtual-licenses get <id>'))
    .action(async (id: string, _options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      printOne(await connect(globals).client.virtualLicenses.get(id), globals)
    })
  virtual
    .command('update <id> <name>')
    .description('replace a virtual license; export tasks keep the licenses that they began with')
    .addOption(licenses())
    .addOption(timeZone())
    .addHelpText('after', examples('sluice virtual-licenses update <id> all --license <key>'))
    .action(async (id: string, name: string, options: VirtualOptions, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      const body = bodyOf(name, options)
      printOne(await connect(globals).client.virtualLicenses.update(id, body), globals)
    })
  virtual
    .command('delete <id>')
    .description('delete a virtual license; its licenses and their samples stay')
    .addHelpText('after', examples('sluice virtual-licenses delete <id>'))
    .action(async (id: string, _options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>()
      await connect(globals).client.virtualLicenses.delete(id)
      printOne({ id }, globals)
    })
}

const licenses = () => new Option('--license <key...>', 'the license keys').makeOptionMandatory()
const timeZone = () => new Option('--time-zone <zone>', 'IANA time zone').default('UTC')

function bodyOf(name: string, { license, timeZone: timezone }: VirtualOptions) {
  return { name, timezone, licenses: license.map((licenseKey) => ({ licenseKey })) }
}
