/** May this player's samples come in? The texts are those that the documentation of the API quotes. */

interface LicensingQuestion {
  /** The host the player runs on, or the package name of an app. */
  domain: string | undefined
  /** The user asks not to be tracked: the header DNT is 1. */
  doNotTrack: boolean
}

interface LicenseTerms {
  ignoreDNT: boolean
  /** Empty: anywhere. */
  domains: string[]
}

export type LicensingAnswer =
  | { status: 'granted'; message: string; features: typeof features }
  | { status: 'denied'; message: string }

/** What collectors send beside samples. */
const features = { errorDetails: { enabled: true, numberOfHttpRequests: 10 } }

const granted: LicensingAnswer = { status: 'granted', message: 'ok', features }
const notTracked = denied('Ignoring Impression due to DNT Header being set')

export function answerLicensing(
  license: LicenseTerms | undefined,
  question: LicensingQuestion,
): LicensingAnswer {
  if (license === undefined) return denied('License key not found.')
  if (question.doNotTrack && !license.ignoreDNT) return notTracked
  if (!isAllowed(license.domains, question.domain))
    return denied(`The domain '${question.domain ?? ''}' is not allowed for this license key.`)
  return granted
}

/**
 * While nothing of the license can be known. Whatever is no grant silences a web collector for as long as its page is
 * open, so it may go on, and each of its samples is judged when it comes. Who asks not to be tracked is not asked for any.
 */
export function answerUnseen({
  doNotTrack,
}: Pick<LicensingQuestion, 'doNotTrack'>): LicensingAnswer {
  return doNotTrack ? notTracked : granted
}

function denied(message: string): LicensingAnswer {
  return { status: 'denied', message }
}

function isAllowed(domains: string[], domain: string | undefined): boolean {
  if (domains.length === 0) return true
  if (domain === undefined) return false
  const host = hostOf(domain)
  return domains.some((entry) => matches(hostOf(entry), host))
}

/** `example.org` means that host, with or without `www.`; `*.example.org` every host below it. */
function matches(entry: string, host: string): boolean {
  return entry.startsWith('*.') ? host.endsWith(entry.slice(1)) : entry === host
}

/** The host of a domain, with or without its last dot, or of an address such as https://www.example.org:8443/player. */
function hostOf(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/^[a-z][a-z\d+.-]*:\/\//, '')
    .replace(/[/?#].*$/, '')
    .replace(/\.?(:\d+)?$/, '')
    .replace(/^www\./, '')
}
