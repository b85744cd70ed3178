import { readFile, stat } from 'node:fs/promises'
import { isIP } from 'node:net'
import { Reader, type Response } from 'mmdb-lib'
import type { Log } from '#telemetry'
import type { SampleRow } from './wire-members.ts'
import { objectOf, textOf } from './wire-values.ts'

/** Where an address is, by the operator's own files in MaxMind's format. An address is looked up and forgotten. */
export interface Locations extends AsyncDisposable {
  find(address: string): SampleRow
}

const NAME_LENGTH_MAX = 128
/** An operator replaces a file every week or so. */
const LOOK_AGAIN_MS = 60_000

/** Throws, with its path, for a file that cannot be read. A file that is replaced is read again; a bad one changes nothing. */
export async function openLocations(paths: readonly string[], log: Log): Promise<Locations> {
  const files = await Promise.all(paths.map((path) => openFile(path)))
  const timer = setInterval(() => {
    for (const file of files)
      file.refresh().catch((error: unknown) => {
        log.warn({ error, path: file.path }, 'the file of locations was not read again')
      })
  }, LOOK_AGAIN_MS)
  timer.unref()
  return {
    // The first file that knows a column decides it.
    find: (address) => Object.assign({}, ...files.map((file) => file.find(address)).reverse()),
    [Symbol.asyncDispose]: async () => clearInterval(timer),
  }
}

async function openFile(path: string) {
  let readAt = 0
  let reader: Reader<Response>
  const refresh = async (): Promise<void> => {
    const { mtimeMs } = await stat(path)
    if (mtimeMs === readAt) return
    reader = new Reader<Response>(await readFile(path))
    readAt = mtimeMs
  }
  await refresh().catch((cause: Error) => {
    throw new Error(
      `SLUICE_GEOIP_FILE names ${path}, which cannot be read as a file in MaxMind’s format (.mmdb).`,
      { cause },
    )
  })
  const find = (address: string): SampleRow => {
    const family = isIP(address)
    if (family === 0 || (family === 6 && reader.metadata.ipVersion === 4)) return {}
    return rowOf(getFrom(reader, address))
  }
  return { path, refresh, find }
}

/** A file that is damaged within costs nobody a sample. */
function getFrom(reader: Reader<Response>, address: string): unknown {
  try {
    return reader.get(address)
  } catch {
    return undefined
  }
}

/**
 * City, country and ISP databases have their members in different places; files of other makers are flat.
 * https://dev.maxmind.com/geoip/docs/databases
 */
function rowOf(found: unknown): SampleRow {
  const { country, subdivisions, city, traits, ...own } = objectOf(found) ?? {}
  const countryCode = textOf(objectOf(country)?.iso_code ?? own.country_code, NAME_LENGTH_MAX)
  const subdivision = Array.isArray(subdivisions) ? objectOf(subdivisions[0]) : undefined
  const regionCode = textOf(subdivision?.iso_code, NAME_LENGTH_MAX)
  const { isp, autonomous_system_organization: organization } = { ...own, ...objectOf(traits) }
  const columns = {
    country: countryCode,
    region: countryCode && regionCode && `${countryCode}-${regionCode}`,
    city: textOf(typeof city === 'string' ? city : nameOf(city), NAME_LENGTH_MAX),
    isp: textOf(isp ?? organization, NAME_LENGTH_MAX),
  }
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== null))
}

function nameOf(place: unknown): unknown {
  return objectOf(objectOf(place)?.names)?.en
}
