import { Stack, Textarea } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useOrganization } from '../../frame/session.ts'
import { CodeBlock } from '../../parts/code-block.tsx'
import { Disclosure } from '../../parts/disclosure.tsx'
import { PolicyDiff } from '../../parts/policy-diff.tsx'
import { formatPolicy, readPolicy } from '../../parts/policy-text.ts'
import { outputQueries } from './output-queries.ts'

type Kind = 'TRUST_POLICY' | 'PERMISSIONS_POLICY' | 'BUCKET_POLICY' | 'KEY_POLICY'
interface Names {
  roleName: string
  bucketName: string
  keyArn: string
}

const kinds: Record<Kind, { name: string; command(names: Names): string }> = {
  TRUST_POLICY: {
    name: 'trust policy',
    command: ({ roleName }) => `aws iam get-role --role-name ${roleName}`,
  },
  PERMISSIONS_POLICY: {
    name: 'permissions policy',
    command: ({ roleName }) =>
      `aws iam get-role-policy --role-name ${roleName} --policy-name sluice`,
  },
  BUCKET_POLICY: {
    name: 'bucket policy',
    command: ({ bucketName }) => `aws s3api get-bucket-policy --bucket ${bucketName}`,
  },
  KEY_POLICY: {
    name: 'key policy',
    command: ({ keyArn }) => `aws kms get-key-policy --policy-name default --key-id ${keyArn}`,
  },
}

/** What to save in AWS, and, once the reader has pasted what is there now, the two side by side. */
export function CorrectedPolicy({
  kind,
  json,
  outputId,
}: {
  kind: Kind
  json: string
  outputId: string
}) {
  const { data: output } = useQuery(outputQueries(useOrganization(), outputId).output)
  const [pasted, setPasted] = useState('')
  const { name, command } = kinds[kind]
  const corrected: object = JSON.parse(json)
  const present = readPolicy(pasted)
  return (
    <Stack gap="xs">
      <CodeBlock
        text={formatPolicy(corrected)}
        what={`the corrected ${name}`}
        title={`The ${name}, corrected`}
      />
      <Disclosure summary="See it beside the one that is there now">
        <Stack gap="xs">
          {output && (
            <CodeBlock
              text={command({
                roleName: output.roleArn.split('/').at(-1) ?? '',
                bucketName: output.bucketName,
                keyArn: output.kmsKeyArn ?? '…',
              })}
              what="the command that shows it"
              title="Shows the present one"
            />
          )}
          <Textarea
            label={`The present ${name}`}
            description="Paste the JSON, or what the command has printed. It stays in your browser."
            value={pasted}
            onChange={(event) => setPasted(event.currentTarget.value)}
            autosize
            minRows={3}
            maxRows={12}
            error={pasted !== '' && present === undefined && 'There is no policy in this text.'}
            spellCheck={false}
          />
          {present && <PolicyDiff present={present} corrected={corrected} />}
        </Stack>
      </Disclosure>
    </Stack>
  )
}
