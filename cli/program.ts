import { Command } from 'commander'
import { addApiKeys } from './api-keys.ts'
import { addCompletion } from './completion.ts'
import { addDoctor } from './doctor.ts'
import { addExports } from './exports.ts'
import { addExternalIds } from './external-ids.ts'
import { addImport } from './import.ts'
import { addImpressions } from './impressions.ts'
import { addLicenses } from './licenses.ts'
import { addOperator } from './operator.ts'
import { addOrganizations } from './organizations.ts'
import { addOutputs } from './outputs.ts'
import packageJson from './package.json' with { type: 'json' }
import { addPrincipal } from './principal.ts'
import { addPrivacy } from './privacy.ts'
import { addSchedules } from './schedules.ts'
import { addServe } from './serve.ts'
import { addVirtualLicenses } from './virtual-licenses.ts'
import { addWebhooks } from './webhooks.ts'

/** All that can be typed. */
export function createProgram(): Command {
  const program = new Command('sluice')
    .description('Samples into each customer’s own bucket, from a terminal.')
    .option('--api-url <url>', 'the service’s API (SLUICE_API_URL)')
    .option('--api-key <key>', 'the API key (SLUICE_API_KEY)')
    .option('--organization <id>', 'act in this organization')
    .option('--json', 'answers as JSON, for scripts')
    .configureHelp({ showGlobalOptions: true })
    .version(packageJson.version, '-V, --version', 'print the version')
    .showHelpAfterError('(add --help for what there is)')
    .exitOverride()
    .addHelpText(
      'after',
      `
Exit codes: 0 done, 1 the service or the network failed, 2 the command must change, 3 no such thing or
not allowed, 4 the export task ended in ERROR, 5 rows were rejected, 6 doctor or verify found that an
export would fail.

With npm run dev running in this repository, no key is needed:
  sluice licenses list`,
    )
  const features = [
    ...[addOrganizations, addApiKeys, addLicenses, addVirtualLicenses, addPrincipal],
    ...[addExternalIds, addOutputs, addDoctor, addExports, addSchedules],
    ...[addWebhooks, addImport],
    ...[addImpressions, addPrivacy, addOperator],
  ]
  for (const add of [...features, addServe]) add(program)
  addCompletion(program)
  return program
}
