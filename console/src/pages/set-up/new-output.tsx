import { Text } from '@mantine/core'
import { useParams, useSearch } from '@tanstack/react-router'
import { Page } from '../../parts/page.tsx'
import { BucketStep } from './bucket-step.tsx'
import { ExternalIdStep } from './external-id-step.tsx'
import { Steps } from './steps.tsx'

/** The first two steps, before there is an output. */
export function NewOutput() {
  const from = '/signed-in/organizations/$organizationId/outputs/new'
  const { organizationId } = useParams({ from })
  const search = useSearch({ from })
  const { externalId, externalIdMode } = search
  const isKnown = externalId !== undefined || externalIdMode === 'GLOBAL'
  const isAtBucket = !isKnown || search.step === 'bucket'
  return (
    <Page
      title="Set up an output"
      crumbs={[{ name: 'Outputs', href: `/organizations/${organizationId}/outputs` }]}
      about={
        isAtBucket && (
          <Text span>
            Sluice writes your samples as files into an S3 bucket of yours, every hour if you like.
            It gets no key of your AWS account: you make a role that can write into this bucket and
            do nothing else, and that only Sluice can use. Five steps, some ten minutes; you can
            leave at any time, the address brings you back.
          </Text>
        )
      }
    >
      <Steps current={isAtBucket ? 'bucket' : 'external-id'} />
      {isAtBucket ? <BucketStep given={search} /> : <ExternalIdStep given={search} />}
    </Page>
  )
}
