import assert from 'node:assert/strict'
import { test } from 'node:test'
import { splitRemedy } from './remedy-parts.ts'

const id = '72934b70-c5f6-4630-945f-c2f4c4a922db'
const put = `aws iam put-role-policy --role-name a.b --policy-name sluice --policy-document '{"Statement":[{"Sid":"It. Is"}]}'`

/** Commands to take are between « and », those within a sentence between ‹ and ›. */
const cases: [string, string][] = [
  ['Change nothing.', 'Change nothing.'],
  [`Give it: ${put}. A policy may deny it.`, `Give it: «${put}» A policy may deny it.`],
  [
    `Then: npx sluice exports retry ${id} To find the cause: npx sluice outputs verify ${id}`,
    `Then: «npx sluice exports retry ${id}» To find the cause: «npx sluice outputs verify ${id}»`,
  ],
  [
    'See it: aws iam get-role --role-name sluice-export. It must be x.',
    'See it: «aws iam get-role --role-name sluice-export» It must be x.',
  ],
  [
    'Look: aws iam get-role --role-name r --query Role.Arn must print arn:aws:iam::1:role/r.',
    'Look: ‹aws iam get-role --role-name r --query Role.Arn› must print arn:aws:iam::1:role/r.',
  ],
  [
    'Create it: aws s3 mb s3://my.bucket --region eu-west-1. Or use another.',
    'Create it: «aws s3 mb s3://my.bucket --region eu-west-1» Or use another.',
  ],
  [
    'aws s3api get-bucket-policy --bucket b shows it.',
    '‹aws s3api get-bucket-policy --bucket b› shows it.',
  ],
  [
    `See: aws s3api list-buckets --query "Buckets[?Name=='b']". If so, ask.`,
    `See: «aws s3api list-buckets --query "Buckets[?Name=='b']"» If so, ask.`,
  ],
  ['Raise it (npx sluice licenses update), too.', 'Raise it (‹npx sluice licenses update›), too.'],
  [`${id} If it fails again, tell the operator.`, `${id} If it fails again, tell the operator.`],
  ['Paste the policies of sluice in aws here.', 'Paste the policies of sluice in aws here.'],
]
const marks = { words: ['', ''], named: ['‹', '›'], command: ['«', '»'] }

for (const [text, expected] of cases)
  test(`the commands of ${JSON.stringify(text)}`, () => {
    const marked = splitRemedy(text).map(({ kind, text }) => marks[kind].join(text))
    assert.equal(marked.join(''), expected)
  })
