import { Accordion, List, Radio, Stack } from '@mantine/core'
import type { OutputSetup } from '@sluice/sdk'
import { Rows } from '../../parts/rows.tsx'
import { useSetUpSearch } from './use-set-up-search.ts'

/** What else there is to know of the role, folded up; and how its trust policy names Sluice. */
export function AboutRole({ kit }: { kit: OutputSetup }) {
  return (
    <Accordion variant="separated" multiple order={3}>
      <Accordion.Item value="permissions">
        <Accordion.Control>What the role may do, and why</Accordion.Control>
        <Accordion.Panel>
          <Rows
            caption="What the role may do"
            head={['Statement', 'Allows', 'Needed', 'Why']}
            whole={['Statement', 'Needed']}
            empty="Nothing."
            rows={kit.permissions.map(({ sid, actions, isNeeded, reason }) => ({
              key: sid,
              cells: [sid, actions.join(', '), isNeeded ? 'Yes' : 'May be left out', reason],
            }))}
          />
        </Accordion.Panel>
      </Accordion.Item>
      <Accordion.Item value="notes">
        <Accordion.Control>Whom it trusts, and what else there is to know</Accordion.Control>
        <Accordion.Panel>
          <Stack>
            <PrincipalForm kit={kit} />
            <List size="sm" spacing="xs">
              {kit.notes.map((note) => (
                <List.Item key={note}>{note}</List.Item>
              ))}
            </List>
          </Stack>
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  )
}

function PrincipalForm({ kit }: { kit: OutputSetup }) {
  const [search, change] = useSetUpSearch()
  return (
    <Radio.Group
      label="How the trust policy names Sluice"
      description={kit.trusts}
      value={search.principal ?? 'account'}
      onChange={(form) => change({ principal: form === 'arn' ? form : undefined })}
    >
      <Stack gap="xs" mt="xs">
        <Radio
          value="account"
          label="By its account and a condition"
          description="The best for nearly everybody."
        />
        <Radio
          value="arn"
          label="By its ARN"
          description="If a rule of yours forbids a trust policy that names a whole account."
        />
      </Stack>
    </Radio.Group>
  )
}
