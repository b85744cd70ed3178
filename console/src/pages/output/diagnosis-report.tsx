import { Code, List, Stack, Text, Title } from '@mantine/core'
import type { Diagnosis } from '@sluice/sdk'
import { Card } from '../../parts/card.tsx'
import { CodeBlock } from '../../parts/code-block.tsx'
import { Disclosure } from '../../parts/disclosure.tsx'
import { PolicyDiff } from '../../parts/policy-diff.tsx'
import { formatPolicy, readPolicy } from '../../parts/policy-text.ts'
import { Remedy } from '../../parts/remedy.tsx'
import { Rows } from '../../parts/rows.tsx'
import { Status, type Tone } from '../../parts/status.tsx'
import type { Pasted } from './policies.tsx'

const verdicts: Record<Diagnosis['verdict'], { tone: Tone; words: string }> = {
  PASSED: { tone: 'good', words: 'An export would go through' },
  FAILED: { tone: 'bad', words: 'An export would fail' },
  UNDECIDED: { tone: 'doubt', words: 'Nothing stands in the way, but not everything is known' },
}
const severities: Record<Diagnosis['findings'][number]['severity'], { tone: Tone; word: string }> =
  {
    ERROR: { tone: 'bad', word: 'Exports fail for it' },
    WARNING: { tone: 'doubt', word: 'Opens more than it should' },
    ADVICE: { tone: 'none', word: 'Could be better' },
  }
const answers = { ALLOWED: 'allowed', DENIED: 'denied', UNDECIDED: 'undecided' }
const correctedNames: Record<keyof Diagnosis['corrected'], { name: string; field: keyof Pasted }> =
  {
    trustPolicy: { name: 'trust policy', field: 'trustPolicy' },
    permissionsPolicy: { name: 'permissions policy', field: 'permissionsPolicy' },
    bucketPolicy: { name: 'bucket policy', field: 'bucketPolicy' },
    kmsKeyPolicy: { name: 'key policy', field: 'kmsKeyPolicy' },
  }

export function DiagnosisReport({ diagnosis, pasted }: { diagnosis: Diagnosis; pasted: Pasted }) {
  const { verdict, documents, findings, assumptions } = diagnosis
  const unread = documents.filter(({ problem }) => problem !== undefined)
  return (
    <Card title="What they would do">
      <div role="status">
        <Status tone={verdicts[verdict].tone}>{verdicts[verdict].words}</Status>
      </div>
      {unread.map(({ member, problem }) => (
        <Text key={member} size="sm">
          <Code>{member}</Code> cannot be read: {problem}
        </Text>
      ))}
      <Findings findings={findings} />
      <Corrections diagnosis={diagnosis} pasted={pasted} />
      <Checks checks={diagnosis.checks} />
      {assumptions.length > 0 && (
        <Disclosure summary="What this takes for granted">
          <List size="sm">
            {assumptions.map((assumption) => (
              <List.Item key={assumption}>{assumption}</List.Item>
            ))}
          </List>
        </Disclosure>
      )}
    </Card>
  )
}

type Place = NonNullable<Diagnosis['findings'][number]['place']>

function placeOf({ member, statement, sid }: Place): string {
  return `${member}, statement ${statement}${sid === undefined ? '' : ` (${sid})`}`
}

function Findings({ findings }: { findings: Diagnosis['findings'] }) {
  return (
    <Stack gap="xs">
      <Title order={3}>Advice</Title>
      {findings.length === 0 && <Text size="sm">Nothing is wider than it must be.</Text>}
      {findings.map(({ code, severity, place, message, remedy }, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: one may be found twice
        <div key={`${code} ${at}`}>
          <Status tone={severities[severity].tone}>{severities[severity].word}</Status>
          <Text size="sm">
            {message} {place && <Text span c="dimmed">{`(${placeOf(place)})`}</Text>}
          </Text>
          {remedy !== undefined && <Remedy text={remedy} />}
        </div>
      ))}
    </Stack>
  )
}

function Corrections({ diagnosis, pasted }: { diagnosis: Diagnosis; pasted: Pasted }) {
  const found = Object.entries(diagnosis.corrected) as [
    keyof Diagnosis['corrected'],
    object | undefined,
  ][]
  return found.map(([member, policy]) => {
    if (policy === undefined) return null
    const { name, field } = correctedNames[member]
    const present = readPolicy(pasted[field] ?? '')
    const shown = (
      <Stack gap="xs">
        <CodeBlock
          text={formatPolicy(policy)}
          what={`the corrected ${name}`}
          title={`The ${name}, corrected`}
        />
        {present && <PolicyDiff present={present} corrected={policy} />}
      </Stack>
    )
    if (present) return <div key={member}>{shown}</div>
    return (
      <Disclosure key={member} summary={`The ${name}, as it should be`}>
        {shown}
      </Disclosure>
    )
  })
}

function Checks({ checks }: { checks: Diagnosis['checks'] }) {
  return (
    <Disclosure summary={`${checks.length} calls that were tried on paper`}>
      <Rows
        caption="Calls that were tried on paper"
        head={['What is asked', 'Should be', 'Would be', 'Why']}
        whole={['Should be', 'Would be']}
        empty="None."
        rows={checks.map((check, at) => ({
          key: `${at}`,
          cells: [
            check.asked,
            answers[check.expected],
            <Status key="answer" tone={toneOf(check)}>
              {answers[check.answer]}
            </Status>,
            <Stack key="why" gap={4}>
              {check.explanation}
              {check.remedy !== undefined && <Remedy text={check.remedy} />}
            </Stack>,
          ],
        }))}
      />
    </Disclosure>
  )
}

function toneOf({ expected, answer, isRequired }: Diagnosis['checks'][number]): Tone {
  if (answer === expected) return 'good'
  return isRequired && answer !== 'UNDECIDED' ? 'bad' : 'doubt'
}
