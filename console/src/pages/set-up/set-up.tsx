import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { NotFound } from '../../frame/not-found.tsx'
import { useOrganization } from '../../frame/session.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { nameOf } from '../../parts/output-name.ts'
import { Page } from '../../parts/page.tsx'
import { outputQueries } from '../output/output-queries.ts'
import { ExportStep } from './export-step.tsx'
import { RoleStep } from './role-step.tsx'
import { isSetUpStep, Steps } from './steps.tsx'
import { VerificationStep } from './verification-step.tsx'

const views = { role: RoleStep, verification: VerificationStep, export: ExportStep }

/** The steps that an output has, each at an address of its own. */
export function SetUp() {
  const from = '/signed-in/organizations/$organizationId/outputs/$outputId/set-up/$step'
  const { organizationId, outputId, step } = useParams({ from })
  const output = useQuery(outputQueries(useOrganization(), outputId).output)
  if (!isSetUpStep(step)) return <NotFound />
  const View = views[step]
  const outputs = `/organizations/${organizationId}/outputs`
  const name = output.data && nameOf(output.data)
  return (
    <Page
      title={name === undefined ? 'Set-up' : `Set up ${name}`}
      here="Set-up"
      crumbs={[
        { name: 'Outputs', href: outputs },
        ...(name === undefined ? [] : [{ name, href: `${outputs}/${outputId}` }]),
      ]}
    >
      <Loaded query={output} what="the output">
        {(found) => (
          <>
            <Steps current={step} outputId={outputId} />
            <View output={found} />
          </>
        )}
      </Loaded>
    </Page>
  )
}
