import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findMistakes, type OutputRules } from './mistakes.ts'

// What an output may not be made of: each case is one member that is wrong in one way.

const rules: OutputRules = {
  principalArn: 'arn:aws:iam::111111111111:user/sluice',
  ownAccountRoleArns: ['arn:aws:iam::111111111111:role/allowed'],
  allowCustomExternalId: false,
}
const good = { bucketName: 'my-bucket', roleArn: 'arn:aws:iam::222222222222:role/export' }
const key = (region: string, id = '1234abcd-12ab-34cd-56ef-1234567890ab') =>
  `arn:aws:kms:${region}:222222222222:key/${id}`
const role = (resource: string) => `arn:aws:iam::222222222222:${resource}`

const refused: [field: string, value: unknown, text: RegExp, more?: object][] = [
  ['bucketName', 'ab', /3 to 63/],
  ['bucketName', 'a'.repeat(64), /3 to 63/],
  ['bucketName', 'arn:aws:s3:::my-bucket', /not an ARN/],
  ['bucketName', 'my-bucket/folder', /pathPrefix/],
  ['bucketName', 'My-Bucket', /lower-case/],
  ['bucketName', '-my-bucket', /begin and end/],
  ['bucketName', 'my..bucket', /two dots/],
  ['bucketName', '192.168.5.4', /IP address/],
  ['bucketName', 'xn--bucket', /xn--/],
  ['bucketName', 'bucket--x-s3', /--x-s3/],
  ['bucketName', 'bucket-s3alias', /-s3alias/],
  ['bucketName', 'bucket--ol-s3', /--ol-s3/],
  ['roleArn', 'sluice-export', /form/],
  ['roleArn', 'arn:aws:s3:::my-bucket', /not of s3/],
  ['roleArn', role('user/export'), /not of a user/],
  ['roleArn', 'arn:aws:iam::2222:role/export', /form/],
  ['roleArn', 'arn:aws:iam:eu-west-1:222222222222:role/export', /form/],
  ['roleArn', role('role/'), /role’s name/],
  ['roleArn', role(`role/${'r'.repeat(65)}`), /64/],
  ['roleArn', role('role//export'), /empty part/],
  ['roleArn', role(`role/${'p'.repeat(511)}/export`), /512/],
  ['roleArn', role('role/aws-service-role/s3.amazonaws.com/export'), /AWS manages/],
  ['roleArn', 'arn:aws-cn:iam::222222222222:role/export', /partition/],
  ['roleArn', 'arn:aws:iam::111111111111:role/ours', /own account/],
  ['externalId', 'an-id-of-my-own', /operator/],
  ['externalId', 'an-id-of-my-own', /left out/, { externalIdMode: 'GENERATED' }],
  ['externalId', 'an-id-of-my-own', /left out/, { externalIdMode: 'GLOBAL' }],
  ['externalIdMode', 'CUSTOM', /operator/],
  ['pathPrefix', '', /whole bucket/],
  ['pathPrefix', '/sluice', /relative/],
  ['pathPrefix', 'sluice//data', /two slashes/],
  ['pathPrefix', 'sluice/../other', /\. or \.\./],
  ['pathPrefix', './sluice', /\. or \.\./],
  ['pathPrefix', 'a\\b', /backslashes/],
  ['pathPrefix', 'a\nb', /control/],
  ['pathPrefix', '\ud800', /Unicode/],
  ['pathPrefix', 'é'.repeat(256), /512/],
  ['signatureVersion', 'S3_V2', /S3_V4/],
  ['kmsKeyArn', 'alias/mine', /form/],
  ['kmsKeyArn', 'arn:aws:kms:eu-west-1:222222222222:alias/mine', /alias/],
  ['kmsKeyArn', key('eu-west-1', 'no-key-id'), /form/],
  ['kmsKeyArn', key('mars-1'), /not known/],
  ['kmsKeyArn', key('us-east-1'), /bucket in eu-west-1/, { cloudRegion: 'EU_WEST_1' }],
]

for (const [field, value, text, more = {}] of refused)
  test(`${field} ${JSON.stringify(value).slice(0, 60)} is refused`, () => {
    const mistakes = findMistakes({ ...good, ...more, [field]: value }, rules)
    assert.deepEqual(
      mistakes.map((mistake) => mistake.field),
      [field],
    )
    assert.match(mistakes[0]?.text ?? '', text)
  })

test('a region of another partition than ours is refused', () => {
  const [mistake] = findMistakes(
    {
      bucketName: 'b-b',
      roleArn: role('role/x').replace('aws', 'aws-cn'),
      cloudRegion: 'EU_WEST_1',
    },
    { ...rules, principalArn: 'arn:aws-cn:iam::111111111111:user/sluice' },
  )
  assert.equal(mistake?.field, 'cloudRegion')
  assert.match(mistake?.text ?? '', /no region of the partition aws-cn/)
})

test('a file is never made public', () => {
  const acl = [{ permission: 'PRIVATE' }, { permission: 'PUBLIC_READ' }]
  const [mistake, ...others] = findMistakes({ ...good, acl }, rules)
  assert.deepEqual([mistake?.field, others.length], ['acl.1.permission', 0])
})

test('a prefix that makes the session policy too large is refused, never widened', () => {
  const [mistake] = findMistakes({ ...good, pathPrefix: 'ü'.repeat(250) }, rules)
  assert.equal(mistake?.field, 'pathPrefix')
  assert.match(mistake?.text ?? '', /session policy of \d+ characters/)
})

test('an id that somebody chose is long, and of the characters that STS takes', () => {
  const open = { ...rules, allowCustomExternalId: true }
  const find = (externalId: string | undefined) =>
    findMistakes({ ...good, externalIdMode: 'CUSTOM', externalId }, open).map(({ text }) => text)
  assert.match(find(undefined)[0] ?? '', /is missing/)
  assert.match(find('x'.repeat(31))[0] ?? '', /at least 32/)
  assert.match(find('x'.repeat(1225))[0] ?? '', /at most 1224/)
  assert.match(find(`${'x'.repeat(40)} `)[0] ?? '', /letters, digits/)
  assert.deepEqual(find('x'.repeat(32)), [])
})

test('all mistakes are told at once', () => {
  const body = { bucketName: 'A', roleArn: 'x', pathPrefix: '/', signatureVersion: 'S3_V2' }
  const fields = findMistakes(body, rules).map(({ field }) => field)
  assert.deepEqual(fields.sort(), ['bucketName', 'pathPrefix', 'roleArn', 'signatureVersion'])
})

for (const more of [
  {},
  { roleArn: role('role/team/data/export@1,2=3') },
  { roleArn: 'arn:aws:iam::111111111111:role/allowed' },
  { bucketName: 'a.b-c.1', pathPrefix: 'sluice/ä b/*?$' },
  { cloudRegion: 'EU_WEST_1', kmsKeyArn: key('eu-west-1') },
  { kmsKeyArn: key('eu-west-1', `mrk-${'0'.repeat(32)}`) },
  { externalIdMode: 'GLOBAL' },
  { acl: [{ permission: 'PRIVATE' }], signatureVersion: 'S3_V4' },
])
  test(`${JSON.stringify(more)} is taken`, () => {
    assert.deepEqual(findMistakes({ ...good, ...more }, rules), [])
  })
