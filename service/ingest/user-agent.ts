import Bowser from 'bowser'
import { isbot } from 'isbot'
import type { SampleRow } from './wire-members.ts'

/** Longer ones are cut before they are read. */
const LENGTH_MAX = 1024
/** A service sees few different ones: this is some megabytes. */
const CACHED_MAX = 5_000

/** Reads user agents and remembers what it read; the one not asked for the longest is forgotten first. */
export function createUserAgentReader(): (userAgent: string) => SampleRow {
  const known = new Map<string, SampleRow>()
  return (userAgent) => {
    const text = userAgent.slice(0, LENGTH_MAX)
    const row = known.get(text) ?? readUserAgent(text)
    known.delete(text)
    known.set(text, row)
    const [oldest] = known.keys()
    if (known.size > CACHED_MAX && oldest !== undefined) known.delete(oldest)
    return row
  }
}

/** The columns that a user agent decides; what it does not say is not there. */
export function readUserAgent(text: string): SampleRow {
  if (text.trim() === '') return {}
  const { browser, os, platform } = Bowser.parse(text)
  // Windows says NT 10.0 and is called 10.
  const osVersion = os.name === 'Windows' ? os.versionName : os.version
  const columns = {
    browser: browser.name,
    browser_version_major: numbersOf(browser.version)[0],
    browser_version_minor: numbersOf(browser.version)[1],
    browser_is_bot: isbot(text),
    operatingsystem: os.name,
    operatingsystem_version_major: numbersOf(osVersion)[0],
    operatingsystem_version_minor: numbersOf(osVersion)[1],
    device_type: platform.model ?? androidModelOf(text),
    device_class: deviceClassOf(text, platform.type),
  }
  return Object.fromEntries(
    Object.entries(columns).flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [[name, value]],
    ),
  )
}

function numbersOf(version: string | undefined): string[] {
  return (version ?? '').match(/\d+/g) ?? []
}

const classes: Record<string, string> = {
  desktop: 'Desktop',
  mobile: 'Phone',
  tablet: 'Tablet',
  tv: 'TV',
}

const televisions =
  /Android TV|GoogleTV|BRAVIA|SMART-TV|SmartTV|HbbTV|Apple ?TV|CrKey|Chromecast|\bAFT[A-Z]/

/** Consoles and televisions that call themselves something else besides. */
function deviceClassOf(text: string, type: string | undefined): string {
  if (/PlayStation|Xbox|Nintendo/.test(text)) return 'Console'
  if (televisions.test(text)) return 'TV'
  return classes[type ?? ''] ?? 'Other'
}

/** `Android 14; Pixel 8 Build/…`; a browser that hides its model says K. */
function androidModelOf(text: string): string | undefined {
  const model = /Android [\d.]+; (?:[a-z]{2}[-_][a-z]{2}; )?([^;()]{2,64}?)(?: Build\/|\))/i.exec(
    text,
  )
  return model?.[1]
}
