import { Checkbox, Radio, Stack, TextInput } from '@mantine/core'
import type { FormEvent } from 'react'
import { externalIdModes, type NewOutputSearch } from './set-up-search.ts'

type Mode = NonNullable<NewOutputSearch['externalIdMode']> | 'GENERATED'

const modes: Record<Mode, { label: string; description: string }> = {
  GENERATED: {
    label: 'One of this output’s own',
    description: 'The best for nearly everybody.',
  },
  GLOBAL: {
    label: 'The one of the organization',
    description:
      'For many outputs that share a role or its policies: one id for all of them, which rotates for all of them together.',
  },
  CUSTOM: {
    label: 'One that you choose',
    description:
      'To keep a role that demands an id already. Refused unless the operator of Sluice allows it.',
  },
}

/** What few need. Each says who does. */
export function AdvancedFields({
  values,
  onChange,
}: {
  values: NewOutputSearch
  onChange(change: Partial<NewOutputSearch>): void
}) {
  const field = (
    name: 'description' | 'kmsKeyArn' | 'expectedBucketOwner' | 'md5MetaTag' | 'externalId',
  ) => ({
    name,
    value: values[name] ?? '',
    onChange: ({ currentTarget: { value } }: FormEvent<HTMLInputElement>) =>
      onChange({ [name]: value }),
    autoComplete: 'off',
    spellCheck: false,
  })
  return (
    <Stack>
      <TextInput
        {...field('kmsKeyArn')}
        label="KMS key ARN"
        description="If the bucket encrypts with a KMS key of yours. The role must then be allowed to use it."
        placeholder="arn:aws:kms:eu-central-1:123456789012:key/…"
      />
      <TextInput
        {...field('expectedBucketOwner')}
        label="Account of the bucket"
        description="If it belongs to another AWS account than the role will."
        pattern="\d{12}"
        title="An AWS account id: 12 digits"
        inputMode="numeric"
      />
      {values.expectedBucketOwner && (
        <Checkbox
          label="Give each file to the account of the bucket"
          description="If that bucket still has ACLs: its account could not read the files otherwise. A bucket that was made in the last years has none."
          checked={values.bucketOwnerFullControl ?? false}
          onChange={({ currentTarget: { checked } }) =>
            onChange({ bucketOwnerFullControl: checked })
          }
        />
      )}
      <TextInput
        {...field('md5MetaTag')}
        label="Metadata with the MD5"
        description="If what reads the files compares an MD5: each file gets x-amz-meta- and this name, with the MD5 of its bytes. The manifest has it in any case."
        placeholder="md5"
        pattern="[A-Za-z0-9]([A-Za-z0-9._\-]*[A-Za-z0-9])?"
        title="Letters and digits, with ._- inside"
        maxLength={128}
      />
      <TextInput
        {...field('description')}
        label="Description"
        description="If others will wonder what this output is for."
        maxLength={2000}
        spellCheck
      />
      <Radio.Group
        label="External id"
        value={values.externalIdMode ?? 'GENERATED'}
        onChange={(mode) =>
          // An id belongs to its mode: one that was handed out waits for its output, in the list.
          onChange({
            externalId: '',
            externalIdMode: externalIdModes.find((each) => each === mode),
          })
        }
      >
        <Stack gap="xs" mt="xs">
          {(Object.keys(modes) as Mode[]).map((mode) => (
            <Radio key={mode} value={mode} {...modes[mode]} />
          ))}
        </Stack>
      </Radio.Group>
      {values.externalIdMode === 'CUSTOM' && (
        <TextInput
          {...field('externalId')}
          label="Your external id"
          description="At least 32 characters that nobody can guess."
          minLength={32}
          maxLength={1224}
          required
        />
      )}
    </Stack>
  )
}
