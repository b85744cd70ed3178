// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policies have variables of this form
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Decision, evaluate, evaluateAssumeRole, parsePolicy, writePolicy } from '@sluice/iam'
import {
  describePrincipal,
  permissionsCommand,
  type SetupFormat,
  type SetupValues,
  trustCommand,
  writePermissionsPolicy,
  writeQuickCreateTemplate,
  writeQuickCreateUrl,
  writeSetupKit,
  writeTrustPolicy,
} from './setup.ts'
import {
  readRole,
  roleOfModule,
  roleOfQuickCreate,
  roleOfScript,
  roleOfTemplate,
} from './test-role.ts'

const OTHER_ACCOUNT = '333333333333'
const KEY = 'arn:aws:kms:eu-central-1:222222222222:key/11111111-2222-4333-8444-555555555555'
const values: SetupValues = {
  outputId: '5d1c0000-0000-4000-8000-000000000000',
  roleArn: 'arn:aws:iam::222222222222:role/sluice-export',
  bucketName: 'my-samples',
  pathPrefix: 'sluice/',
  region: 'eu-central-1',
  expectedBucketOwner: undefined,
  kmsKeyArn: undefined,
  bucketOwnerFullControl: false,
  principalArn: 'arn:aws:iam::111111111111:role/sluice/exporter',
  externalIds: ['11111111-0000-4000-8000-000000000000'],
}

function textOf(given: SetupValues, format: SetupFormat): string {
  const document = writeSetupKit(given, 'account').documents.find((it) => it.format === format)
  assert(document, format)
  return document.text
}

/** Of a session of the principal's role, as AWS has it. */
function assume(given: SetupValues, asked: { form?: 'arn'; by?: string; externalId?: string }) {
  const roleArn = asked.by ?? given.principalArn
  const { accountId, name, partition } = describePrincipal(roleArn)
  const principal = {
    accountId,
    arn: `arn:${partition}:sts::${accountId}:assumed-role/${name}/i-0123`,
    roleArn,
  }
  const { externalId } = asked
  return evaluateAssumeRole(
    {
      principal,
      action: 'sts:AssumeRole',
      resource: given.roleArn,
      resourceAccountId: '222222222222',
      context: externalId === undefined ? {} : { 'sts:ExternalId': externalId },
    },
    {
      identity: [
        parsePolicy(
          '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}',
          'identity',
        ),
      ],
      trust: parsePolicy(writePolicy(writeTrustPolicy(given, asked.form)), 'trust'),
    },
  ).allowed
}

for (const partition of ['aws', 'aws-cn', 'aws-us-gov'])
  test(`in ${partition} the trust policy refuses every other id and principal, and lets ours in`, () => {
    const given = {
      ...values,
      roleArn: `arn:${partition}:iam::222222222222:role/team/sluice-export`,
      principalArn: `arn:${partition}:iam::111111111111:role/sluice/exporter`,
    }
    const [externalId = ''] = given.externalIds
    const stranger = `arn:${partition}:iam::111111111111:role/exporter`
    const elsewhere = `arn:${partition}:iam::333333333333:role/sluice/exporter`
    for (const form of [undefined, 'arn'] as const) {
      const asked = form ? { form } : {}
      assert.equal(assume(given, asked), false)
      assert.equal(assume(given, { ...asked, externalId: `${externalId}0` }), false)
      assert.equal(assume(given, { ...asked, externalId, by: stranger }), false)
      assert.equal(assume(given, { ...asked, externalId, by: elsewhere }), false)
      assert.equal(assume(given, { ...asked, externalId }), true)
    }
  })

test('a trust policy without an external id is never written', () => {
  assert.throws(() => writeTrustPolicy({ ...values, externalIds: [] }))
})

test('during a rotation the present and the next id open the role, and no third', () => {
  const given = { ...values, externalIds: ['present-id', 'next-id'] }
  assert.equal(assume(given, { externalId: 'third-id' }), false)
  assert.equal(assume(given, { externalId: 'present-id' }), true)
  assert.equal(assume(given, { externalId: 'next-id' }), true)
})

test('a wildcard in the principal’s path stands for itself alone', () => {
  const given = { ...values, principalArn: 'arn:aws:iam::111111111111:role/*/exporter' }
  const [externalId = ''] = given.externalIds
  const other = 'arn:aws:iam::111111111111:role/any/exporter'
  assert.equal(assume(given, { externalId, by: other }), false)
  assert.equal(assume(given, { externalId }), true)
})

function decide(given: SetupValues, action: string, resource: string, context = {}): Decision {
  return evaluate(
    {
      principal: {
        accountId: '222222222222',
        arn: 'arn:aws:sts::222222222222:assumed-role/sluice-export/x',
        roleArn: given.roleArn,
      },
      action,
      resource,
      resourceAccountId: '222222222222',
      context,
    },
    { identity: [parsePolicy(writePolicy(writePermissionsPolicy(given)), 'identity')] },
  )
}

const prefixes = [
  'sluice/',
  "o'clock/$(touch x)/`id`/",
  '${aws:username}/',
  '$${x}/$$/%{x}/%%{x}/',
  'a*b?c$/',
  '"quoted" #no comment/: - [x]/',
  '{{x}}/!Ref y/',
  'день/日本/é/😀/',
  'e\u0301 not composed/',
  '\u2028line/',
  "';exit 1;'/",
  '--option/',
]

test('whatever the prefix is, the role may write below it and nowhere beside it', () => {
  for (const pathPrefix of prefixes) {
    const given = { ...values, pathPrefix }
    const bucket = 'arn:aws:s3:::my-samples'
    const beside = [
      `${pathPrefix.slice(0, -1)}-other/x`,
      'x',
      pathPrefix.replace(/[*?$]/, 'z').replace(/^sluice|^[^*?$]*$/, 'z'),
    ]
    for (const key of beside)
      assert.equal(decide(given, 's3:PutObject', `${bucket}/${key}`).allowed, false, key)
    for (const action of ['s3:GetObject', 's3:DeleteObject', 's3:PutObjectAcl'])
      assert.equal(decide(given, action, `${bucket}/${pathPrefix}x`).allowed, false)
    assert.equal(decide(given, 's3:ListBucket', bucket).allowed, false)
    const put = decide(given, 's3:PutObject', `${bucket}/${pathPrefix}day/x.csv`)
    assert.equal(put.allowed, true, pathPrefix)
  }
})

const isAscii = (text: string) => /^[ -~]*$/.test(text)

test('every document describes the same role, whatever the prefix, the path and the name are', async () => {
  const paths = ['/', '/team/a-b/', "/it's/${x}/$${y}/", '/%{x}/"q"/\\/#/']
  for (const pathPrefix of prefixes)
    for (const path of paths) {
      const given = {
        ...values,
        pathPrefix,
        roleArn: `arn:aws:iam::222222222222:role${path}-n=,@.x`,
      }
      const { trustPolicy, permissionsPolicy } = writeSetupKit(given, 'account')
      const expected = { name: '-n=,@.x', path, trustPolicy, permissions: permissionsPolicy }
      assert.deepEqual(JSON.parse(textOf(given, 'trust-policy')), trustPolicy)
      assert.deepEqual(JSON.parse(textOf(given, 'permissions-policy')), permissionsPolicy)
      const template = textOf(given, 'cloudformation')
      if (isAscii(pathPrefix)) assert.deepEqual(readRole(roleOfTemplate(template)), expected)
      else assert.match(template, /^# There is no template/)
      const role = await roleOfModule(textOf(given, 'terraform'))
      assert.deepEqual(readRole(role), expected)
      assert(isAscii(role.permissions), 'IAM takes no more')
    }
})

test('bash reads the same role out of the script, and runs nothing of what is in its values', () => {
  for (const pathPrefix of prefixes) {
    const given = {
      ...values,
      pathPrefix,
      roleArn: "arn:aws:iam::222222222222:role/it's/$(exit)/x",
    }
    const { trustPolicy, permissionsPolicy } = writeSetupKit(given, 'account')
    assert.deepEqual(readRole(roleOfScript(textOf(given, 'aws-cli'))), {
      name: 'x',
      path: "/it's/$(exit)/",
      trustPolicy,
      permissions: permissionsPolicy,
    })
  }
})

test('what CloudFormation would take for a reference gets no template, in words', () => {
  const given = { ...values, pathPrefix: '{{resolve:ssm:/secret}}/' }
  const text = textOf(given, 'cloudformation')
  assert.match(text, /There is no template/)
  assert(text.split('\n').every((line) => line === '' || line.startsWith('# ')))
})

const TEMPLATE_URL = 'https://sluice-templates.s3.eu-central-1.amazonaws.com/sluice-role.json'

test('there is no quick-create link where CloudFormation would change what goes through it', () => {
  const refused: Partial<SetupValues>[] = [
    { pathPrefix: 'größe/' },
    { pathPrefix: '{{resolve:ssm:/secret}}/' },
    { externalIds: ['a,b'] },
    { externalIds: Array.from({ length: 120 }, (_, at) => `${at}`.padStart(36, '0')) },
  ]
  for (const more of refused)
    assert.equal(writeQuickCreateUrl({ ...values, ...more }, 'account', TEMPLATE_URL), undefined)
})

test('a quick-create link makes the very role of the kit', () => {
  const elsewhere = { expectedBucketOwner: OTHER_ACCOUNT, bucketOwnerFullControl: true }
  const roleArn = 'arn:aws-us-gov:iam::222222222222:role/team/sluice-export'
  const all: Partial<SetupValues>[] = [
    {},
    { pathPrefix: '' },
    { pathPrefix: `it's $(x) "&=#%/*?/` },
    { region: undefined },
    { kmsKeyArn: KEY },
    { ...elsewhere, region: undefined, kmsKeyArn: KEY },
    { externalIds: ['present-id', 'next-id'] },
    { roleArn, principalArn: values.principalArn.replace('aws', 'aws-us-gov') },
  ]
  for (const more of all)
    for (const form of ['account', 'arn'] as const) {
      const given = { ...values, ...more }
      const url = new URL(writeQuickCreateUrl(given, form, TEMPLATE_URL) ?? '')
      assert.match(url.host, /^[\w-]+\.console\.(aws\.amazon|amazonaws-us-gov)\.com$/)
      const [page, query] = url.hash.split('?')
      assert.equal(page, '#/stacks/create/review')
      const { templateURL, stackName, ...rest } = Object.fromEntries(new URLSearchParams(query))
      assert.equal(templateURL, TEMPLATE_URL)
      assert.match(stackName ?? '', /^[a-z][\w-]{1,127}$/)
      const parameters = Object.fromEntries(
        Object.entries(rest).map(([name, value]) => [name.replace(/^param_/, ''), value]),
      )
      const { name, path } = readRole(roleOfTemplate(textOf(given, 'cloudformation')))
      const { trustPolicy, permissionsPolicy } = writeSetupKit(given, form)
      assert.deepEqual(readRole(roleOfQuickCreate(writeQuickCreateTemplate(), parameters)), {
        name,
        path,
        trustPolicy,
        permissions: permissionsPolicy,
      })
    }
})

test('without a prefix the whole bucket is opened, and every way in says so', () => {
  const given = { ...values, pathPrefix: '' }
  const { opens, documents } = writeSetupKit(given, 'account')
  assert.match(opens, /^The whole bucket my-samples: /)
  for (const { format, text } of documents)
    if (!format.endsWith('-policy')) assert.match(text, /The whole bucket my-samples: /, format)
  assert.equal(decide(given, 's3:PutObject', 'arn:aws:s3:::my-samples-2/x').allowed, false)
  assert.equal(decide(given, 's3:PutObject', 'arn:aws:s3:::my-samples/any/x').allowed, true)
})

test('every way in tells both forms of the principal, and of a rotation while it lasts', () => {
  const given = { ...values, externalIds: ['present-id', 'next-id'] }
  for (const { format, text } of writeSetupKit(given, 'account').documents) {
    if (format.endsWith('-policy')) continue
    const said = text.replace(/\n# /g, ' ')
    assert.match(said, /Whom it trusts: Names Sluice.s AWS account/, format)
    assert.match(said, /principal=arn: Names Sluice.s user or role itself/, format)
    assert.match(said, /is being rotated/, format)
  }
  assert(writeSetupKit(given, 'arn').notes.some((note) => note.includes('principal=account')))
  assert.doesNotMatch(textOf(values, 'aws-cli'), /is being rotated/)
})

test('each further permission is there only for what needs it, and says why', () => {
  const sids = (more: Partial<SetupValues>) =>
    writeSetupKit({ ...values, ...more }, 'account').permissions.map(({ statement, reason }) => {
      assert(reason.length > 20)
      return statement.Sid
    })
  const least = ['PutObjects', 'AbortUploads']
  assert.deepEqual(sids({}), least)
  assert.deepEqual(sids({ bucketOwnerFullControl: true }), least)
  assert.deepEqual(sids({ bucketOwnerFullControl: true, expectedBucketOwner: OTHER_ACCOUNT }), [
    ...least,
    'GiveToOwner',
  ])
  assert.deepEqual(sids({ region: undefined }), [...least, 'FindRegion'])
  assert.deepEqual(sids({ kmsKeyArn: KEY }), [...least, 'UseKey'])
})

test('the KMS key may be used through S3 of its own region alone', () => {
  const use = (viaService: string) =>
    decide({ ...values, kmsKeyArn: KEY }, 'kms:GenerateDataKey', KEY, {
      'kms:ViaService': viaService,
    })
  assert.equal(use('s3.eu-west-1.amazonaws.com').allowed, false)
  assert.equal(use('ec2.eu-central-1.amazonaws.com').allowed, false)
  assert.equal(use('s3.eu-central-1.amazonaws.com').allowed, true)
  const inChina = JSON.stringify(
    writePermissionsPolicy({
      ...values,
      roleArn: 'arn:aws-cn:iam::222222222222:role/x',
      kmsKeyArn: KEY.replace('arn:aws:kms:eu-central-1', 'arn:aws-cn:kms:cn-north-1'),
    }),
  )
  assert.match(inChina, /"s3\.cn-north-1\.amazonaws\.com\.cn"/)
  assert.match(inChina, /arn:aws-cn:s3:::my-samples\/sluice\/\*/)
})

test('a bucket or key of another account gets a policy of its own, for this role alone', () => {
  const own = writeSetupKit({ ...values, kmsKeyArn: KEY }, 'account')
  assert.deepEqual([own.bucketPolicy, own.keyPolicy], [undefined, undefined])
  const kmsKeyArn = KEY.replace('222222222222', OTHER_ACCOUNT)
  const given = { ...values, expectedBucketOwner: OTHER_ACCOUNT, kmsKeyArn, region: undefined }
  const { bucketPolicy, keyPolicy, notes } = writeSetupKit(given, 'account')
  const statements = [bucketPolicy, keyPolicy].flatMap((it) => it?.Statement ?? [])
  assert.equal(statements.length, 4)
  for (const { Principal } of statements) assert.deepEqual(Principal, { AWS: [given.roleArn] })
  assert.deepEqual(
    bucketPolicy?.Statement.map(({ Action }) => Action),
    [['s3:PutObject'], ['s3:AbortMultipartUpload'], ['s3:ListBucket', 's3:GetBucketLocation']],
  )
  assert.deepEqual(keyPolicy?.Statement[0]?.Resource, ['*'])
  assert(notes.some((note) => note.includes(OTHER_ACCOUNT) && note.includes('bucket-policy')))
  for (const format of ['cloudformation', 'terraform', 'console'] as const)
    assert.match(textOf(given, format), /belongs to the account 333333333333/)
})

test('the steps for the console hold the very policies, and end no code before its time', () => {
  for (const pathPrefix of [...prefixes, '```/``/']) {
    const given = { ...values, pathPrefix, expectedBucketOwner: OTHER_ACCOUNT }
    const kit = writeSetupKit(given, 'account')
    const blocks = [...textOf(given, 'console').matchAll(/^```json\n([\s\S]*?)^```$/gm)]
    assert.deepEqual(
      blocks.map(([, json = '']) => JSON.parse(json)),
      [kit.trustPolicy, kit.permissionsPolicy, kit.bucketPolicy],
    )
  }
})

test('the console makes no role with a path, so its steps lead elsewhere', () => {
  assert.match(textOf(values, 'console'), /choose \*\*Create role\*\*/)
  const roleArn = 'arn:aws:iam::222222222222:role/team/export'
  const steps = textOf({ ...values, roleArn }, 'console')
  assert.match(steps, /\*\*CloudShell\*\* in the account 222222222222/)
  assert.doesNotMatch(steps, /\*\*Create role\*\*/)
})

test('what machines read is ASCII, so that nothing on the way changes it', () => {
  for (const pathPrefix of prefixes)
    for (const { format, text } of writeSetupKit({ ...values, pathPrefix }, 'account').documents)
      if (format !== 'console') assert.match(text, /^[\n -~]*$/, format)
})

test('the commands of the remedies keep what is in a prefix from the shell', () => {
  const given = { ...values, pathPrefix: "it's $(x)/" }
  assert(permissionsCommand(given).includes(`it'\\''s \${$}(x)/*`))
  assert.match(trustCommand(given), /^aws iam update-assume-role-policy --role-name sluice-export /)
})
