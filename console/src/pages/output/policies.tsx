import { Button, Code, Group, Stack, Text, Textarea } from '@mantine/core'
import type { PastedPolicies, S3RoleBasedOutput } from '@sluice/sdk'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useOrganization } from '../../frame/session.ts'
import { Card } from '../../parts/card.tsx'
import { Failure } from '../../parts/failure.tsx'
import { DiagnosisReport } from './diagnosis-report.tsx'
import { OutputPage } from './output-page.tsx'

const fields = {
  trustPolicy: { label: 'Trust policy of the role', from: 'aws iam get-role' },
  permissionsPolicy: { label: 'Permissions policy of the role', from: 'aws iam get-role-policy' },
  otherPermissionsPolicy: {
    label: 'Another policy attached to the role',
    from: 'aws iam get-policy-version',
  },
  boundary: { label: 'Permissions boundary of the role', from: 'aws iam get-policy-version' },
  bucketPolicy: { label: 'Bucket policy', from: 'aws s3api get-bucket-policy' },
  kmsKeyPolicy: { label: 'Key policy', from: 'aws kms get-key-policy' },
}
type Field = keyof typeof fields
export type Pasted = Partial<Record<Field, string>>

export function Policies() {
  return <OutputPage part="/policies">{(output) => <Doctor output={output} />}</OutputPage>
}

/** Says from policies alone what an export would meet, and what the role may do beyond it. */
function Doctor({ output }: { output: S3RoleBasedOutput }) {
  const { client } = useOrganization()
  const [pasted, setPasted] = useState<Pasted>({})
  const diagnosis = useMutation({
    mutationFn: (given: Pasted) => client.outputs.s3RoleBased.diagnose(output.id, bodyOf(given)),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    diagnosis.mutate(pasted)
  }
  return (
    <>
      <Card title="Are my policies right, and no wider than they must be?">
        <Text size="sm" maw={720}>
          Paste what you have in AWS: the JSON, or what the AWS CLI prints. Sluice evaluates it for
          exactly the calls that an export makes, names the statement that decides, and says what is
          wider than it need be. AWS is not asked, and nothing of it is kept.
        </Text>
        <form onSubmit={submit}>
          <Stack>
            {(Object.keys(fields) as Field[]).map((name) => (
              <Textarea
                key={name}
                label={fields[name].label}
                description={
                  <>
                    As <Code>{fields[name].from}</Code> prints it
                  </>
                }
                value={pasted[name] ?? ''}
                onChange={({ currentTarget: { value } }) =>
                  setPasted((others) => ({ ...others, [name]: value }))
                }
                autosize
                minRows={2}
                maxRows={12}
                spellCheck={false}
              />
            ))}
            <Group>
              <Button type="submit" loading={diagnosis.isPending}>
                Examine
              </Button>
            </Group>
          </Stack>
        </form>
      </Card>
      {diagnosis.error && <Failure error={diagnosis.error} />}
      {diagnosis.data && (
        <DiagnosisReport diagnosis={diagnosis.data} pasted={diagnosis.variables ?? {}} />
      )}
    </>
  )
}

function bodyOf(pasted: Pasted): PastedPolicies {
  const { permissionsPolicy = '', otherPermissionsPolicy = '', ...documents } = pasted
  const permissionsPolicies = [permissionsPolicy, otherPermissionsPolicy].filter(isGiven)
  const given = Object.entries(documents).filter(([, text]) => isGiven(text))
  return {
    ...Object.fromEntries(given),
    ...(permissionsPolicies.length > 0 && { permissionsPolicies }),
  }
}

function isGiven(text: string): boolean {
  return text.trim() !== ''
}
