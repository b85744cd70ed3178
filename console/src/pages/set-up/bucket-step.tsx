import { Button, Group, Select, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { useOrganization } from '../../frame/session.ts'
import { Card } from '../../parts/card.tsx'
import { Disclosure } from '../../parts/disclosure.tsx'
import { Failure } from '../../parts/failure.tsx'
import { placeOf } from '../../parts/output-name.ts'
import { AdvancedFields } from './advanced-fields.tsx'
import { isRegion, regionNameOf, regions } from './regions.ts'
import type { NewOutputSearch } from './set-up-search.ts'

const regionChoices = Object.entries(regions).map(([value, label]) => ({
  value,
  label: isRegion(value) ? `${label} · ${regionNameOf(value)}` : label,
}))

/** Where the files are to go. Ends with an external id of this output's own. */
export function BucketStep({ given }: { given: NewOutputSearch }) {
  const { step: _, ...before } = given
  const [values, setValues] = useState<NewOutputSearch>(before)
  const goOn = useGoOn()
  const field = (name: 'name' | 'bucketName' | 'pathPrefix') => ({
    name,
    value: values[name] ?? '',
    onChange: ({ currentTarget: { value } }: FormEvent<HTMLInputElement>) =>
      setValues((others) => ({ ...others, [name]: value })),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    goOn.mutate(withoutEmpty(values))
  }
  return (
    <Card title="Where shall the files go?">
      <form onSubmit={submit}>
        <Stack maw={560}>
          <TextInput
            {...field('bucketName')}
            label="Bucket"
            description="The name of an S3 bucket. If there is none yet, the next steps make it."
            placeholder="my-samples"
            pattern="[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]"
            title="3 to 63 characters: lower-case letters, digits, dots and hyphens"
            required
            autoComplete="off"
            spellCheck={false}
          />
          <Select
            label="Region"
            description="Where the bucket is. Leave it empty if you do not know: it is looked up."
            placeholder="Looked up"
            data={regionChoices}
            value={values.cloudRegion ?? null}
            onChange={(region) => {
              const { cloudRegion: _before, ...others } = values
              setValues(
                region !== null && isRegion(region) ? { ...others, cloudRegion: region } : others,
              )
            }}
            searchable
            clearable
            clearButtonProps={{ 'aria-label': 'Clear the region' }}
          />
          <TextInput
            {...field('pathPrefix')}
            label="Prefix"
            description="A folder in the bucket. Sluice can write below it, and nowhere else. Empty: the whole bucket."
            placeholder="sluice/"
            autoComplete="off"
            spellCheck={false}
          />
          <TextInput
            {...field('name')}
            label="Name of the output"
            description="For people; the bucket’s name if you leave it empty."
            maxLength={255}
            autoComplete="off"
          />
          <Disclosure summary="Advanced" isOpen={Object.keys(given).some(isAdvanced)}>
            <AdvancedFields
              values={values}
              onChange={(change) => setValues((others) => ({ ...others, ...change }))}
            />
          </Disclosure>
          {goOn.error && <Failure error={goOn.error} />}
          <Group>
            <Button type="submit" loading={goOn.isPending}>
              Continue
            </Button>
          </Group>
        </Stack>
      </form>
    </Card>
  )
}

function useGoOn() {
  const { client, organization } = useOrganization()
  const navigate = useNavigate()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async (values: NewOutputSearch): Promise<NewOutputSearch> => {
      if (values.externalId !== undefined || values.externalIdMode !== undefined) return values
      const { bucketName = '', name = bucketName } = values
      const description = `For ${placeOf({ ...values, bucketName })}`
      const { externalId } = await client.externalIds.create({ name, description })
      return { ...values, externalId }
    },
    onSuccess: async (search) => {
      await navigate({
        to: '/organizations/$organizationId/outputs/new',
        params: { organizationId: organization.id },
        search,
      })
      await queries.invalidateQueries({ queryKey: [organization.id, 'external-ids'] })
    },
  })
}

function withoutEmpty(values: NewOutputSearch): NewOutputSearch {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value))
}

const ordinary = ['name', 'bucketName', 'cloudRegion', 'pathPrefix', 'externalId', 'step']

function isAdvanced(name: string): boolean {
  return !ordinary.includes(name)
}
