import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSignInSearch } from './sign-in-search.ts'

test('nobody is sent to another origin, or to what is no path', () => {
  const wrong = ['//evil.test', '/\\evil.test', 'https://evil.test', 'javascript:alert(1)', '', 7]
  for (const back of wrong) assert.deepEqual(readSignInSearch({ return: back }), {}, String(back))
})

test('a path of the console is kept, with what is looked at there', () => {
  const back = '/organizations/x/licenses/y?span=%2230d%22'
  assert.deepEqual(readSignInSearch({ return: back, ended: true }), { return: back, ended: true })
  assert.deepEqual(readSignInSearch({ return: '/' }), { return: '/' })
})

test('only a session that has ended is told so', () => {
  for (const ended of ['true', 1, false, undefined])
    assert.deepEqual(readSignInSearch({ ended }), {})
})
