import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createUserAgentReader, readUserAgent } from './user-agent.ts'

test('no user agent says nothing', () => {
  for (const text of ['', '  ']) assert.deepEqual(readUserAgent(text), {})
})

const WEBKIT = 'AppleWebKit/537.36 (KHTML, like Gecko)'
const cases: [string, string, Record<string, unknown>][] = [
  [
    'Chrome on Linux',
    `Mozilla/5.0 (X11; Linux x86_64) ${WEBKIT} Chrome/126.0.0.0 Safari/537.36`,
    {
      browser: 'Chrome',
      browser_version_major: '126',
      operatingsystem: 'Linux',
      device_class: 'Desktop',
    },
  ],
  [
    'Firefox on Windows',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0',
    { browser: 'Firefox', operatingsystem: 'Windows', operatingsystem_version_major: '10' },
  ],
  [
    'Safari on an iPhone',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
    {
      ...{ browser: 'Safari', browser_version_major: '17', browser_version_minor: '5' },
      ...{ operatingsystem: 'iOS', operatingsystem_version_minor: '5' },
      ...{ device_type: 'iPhone', device_class: 'Phone', browser_is_bot: false },
    },
  ],
  [
    'Chrome on an Android phone',
    `Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UQ1A) ${WEBKIT} Chrome/126.0.0.0 Mobile Safari/537.36`,
    { operatingsystem: 'Android', operatingsystem_version_major: '14', device_type: 'Pixel 8' },
  ],
  [
    'Chrome that hides its model',
    `Mozilla/5.0 (Linux; Android 10; K) ${WEBKIT} Chrome/126.0.0.0 Mobile Safari/537.36`,
    { operatingsystem: 'Android', device_type: undefined, device_class: 'Phone' },
  ],
  [
    'a television with Tizen',
    `Mozilla/5.0 (SMART-TV; LINUX; Tizen 6.0) ${WEBKIT} 76.0.3809.146/6.0 TV Safari/537.36`,
    { operatingsystem: 'Tizen', operatingsystem_version_major: '6', device_class: 'TV' },
  ],
  ['Roku', 'Roku/DVP-12.5 (12.5.0.4178-88)', { operatingsystem: 'Roku', device_class: 'TV' }],
  [
    'a television with Android',
    'Dalvik/2.1.0 (Linux; U; Android 11; BRAVIA 4K VH2 Build/RP1A)',
    { operatingsystem: 'Android', device_type: 'BRAVIA 4K VH2', device_class: 'TV' },
  ],
  [
    'a Chromecast',
    `Mozilla/5.0 (X11; Linux armv7l) ${WEBKIT} Chrome/90.0.4430.225 Safari/537.36 CrKey/1.56.500000`,
    { browser: 'Chrome', device_class: 'TV' },
  ],
  [
    'a television by HbbTV',
    `Mozilla/5.0 (Linux; HbbTV/1.5.1 (+DRM; Philips; MediaSuite)) ${WEBKIT} Chrome/79 Safari/537.36`,
    { device_class: 'TV' },
  ],
  [
    'an Apple TV',
    'AppleCoreMedia/1.0.0.20L563 (Apple TV; U; CPU OS 16_5 like Mac OS X; en_us)',
    { device_class: 'TV' },
  ],
  [
    'a console',
    'Mozilla/5.0 (PlayStation; PlayStation 5/2.26) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.0 Safari/605.1.15',
    { device_class: 'Console' },
  ],
  [
    'a crawler',
    'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
    { browser_is_bot: true, device_class: 'Other' },
  ],
  ['nonsense', 'x'.repeat(100), { operatingsystem: undefined, device_class: 'Other' }],
]
for (const [name, text, expected] of cases)
  test(`${name} is recognised`, () => {
    const row = readUserAgent(text)
    for (const [column, value] of Object.entries(expected)) assert.equal(row[column], value, column)
  })

test('what was read once is not read again, however long it is', () => {
  const read = createUserAgentReader()
  const text = `Roku/DVP-12.5 ${'x'.repeat(100_000)}`
  assert.equal(read(text), read(text))
})
