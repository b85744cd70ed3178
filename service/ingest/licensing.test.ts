import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { answerLicensing, answerUnseen } from './licensing.ts'

const anywhere = { ignoreDNT: false, domains: [] }
const here = { ignoreDNT: false, domains: ['https://www.example.org/', '*.example.com'] }
const from = (domain?: string) => ({ domain, doNotTrack: false })

describe('licensing', () => {
  test('denies a key that nobody has', () => {
    const answer = answerLicensing(undefined, from('example.org'))
    assert.deepEqual(answer, { status: 'denied', message: 'License key not found.' })
  })

  test('denies a user who asks not to be tracked, unless the license says otherwise', () => {
    const question = { domain: 'example.org', doNotTrack: true }
    assert.deepEqual(answerLicensing(anywhere, question), {
      status: 'denied',
      message: 'Ignoring Impression due to DNT Header being set',
    })
    assert.equal(answerLicensing({ ...anywhere, ignoreDNT: true }, question).status, 'granted')
  })

  test('a license that cannot be seen is granted as any other is, but never to who asks not to be tracked', () => {
    const denied = answerUnseen({ doNotTrack: true })
    assert.deepEqual(denied, answerLicensing(anywhere, { domain: 'a.b', doNotTrack: true }))
    assert.deepEqual(answerUnseen({ doNotTrack: false }), answerLicensing(anywhere, from('a.b')))
  })

  for (const [domain, status] of [
    [undefined, 'denied'],
    ['', 'denied'],
    ['evil-example.org', 'denied'],
    ['shop.example.org', 'denied'],
    ['example.com', 'denied'],
    ['evilexample.com', 'denied'],
    ['www.example.org', 'granted'],
    ['EXAMPLE.org', 'granted'],
    ['example.org.', 'granted'],
    ['example.org.:8443', 'granted'],
    ['a.b.example.com', 'granted'],
  ] as const)
    test(`with a list of domains, ${domain} is ${status}`, () => {
      assert.equal(answerLicensing(here, from(domain)).status, status)
    })

  test('without a list, every domain is granted, and error details are wanted', () => {
    assert.deepEqual(answerLicensing(anywhere, from()), {
      status: 'granted',
      message: 'ok',
      features: { errorDetails: { enabled: true, numberOfHttpRequests: 10 } },
    })
  })
})
