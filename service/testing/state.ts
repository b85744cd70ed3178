import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeJsonFile } from '../json-file.ts'

/** Signs for a user of the local AWS. */
interface WorldPrincipal {
  arn: string
  accessKeyId: string
  secretAccessKey: string
}

export interface WorldState<Organization> {
  operatorApiKey: string
  principal: WorldPrincipal
  organizations: Organization[]
}

/** What makes a second start on one data directory the same world: its keys and its organizations. */
interface StateFile<Organization> {
  readonly state: WorldState<Organization>
  addOrganization(organization: Organization): Promise<void>
}

/** Reads the file of an earlier start, or writes the first. Keys of a local AWS, readable by us alone. */
export async function openState<Organization>(
  dataDirectory: string,
  create: () => Promise<WorldState<Organization>>,
): Promise<StateFile<Organization>> {
  const path = join(dataDirectory, 'world.json')
  let state = await readState<Organization>(path)
  if (state === undefined) {
    state = await create()
    await writeJsonFile(path, state)
  }
  const known = state
  return {
    state: known,
    addOrganization: async (organization) => {
      known.organizations.push(organization)
      await writeJsonFile(path, known)
    },
  }
}

/** The file is our own, so its form is known. */
async function readState<Organization>(
  path: string,
): Promise<WorldState<Organization> | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as WorldState<Organization>
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
