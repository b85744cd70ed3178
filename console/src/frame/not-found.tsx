import { Text } from '@mantine/core'
import { LinkTo } from '../parts/links.tsx'
import { Page } from '../parts/page.tsx'

export function NotFound() {
  return (
    <Page title="There is no such page">
      <Text>
        The address may have a mistake in it, or lead to what has been deleted.{' '}
        <LinkTo to="/">Go to the overview</LinkTo>
      </Text>
    </Page>
  )
}
