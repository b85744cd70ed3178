import { Anchor, Breadcrumbs, Group, Stack, Text, Title } from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'

/** A step above the page: its name and where it lies. */
interface Crumb {
  name: string
  href: string
}

/** Names are as long as people like. */
const wrapping = { whiteSpace: 'normal', overflowWrap: 'anywhere' } as const

/** What every page begins with. The heading takes the focus when one comes here. */
export function Page({
  title,
  part,
  here = title,
  crumbs = [],
  about,
  actions,
  children,
}: {
  title: string
  /** Which of several pages about the same thing. */
  part?: string | undefined
  /** What the page is called after its crumbs. */
  here?: string
  crumbs?: Crumb[]
  about?: ReactNode
  actions?: ReactNode
  children: ReactNode
}) {
  useDocumentTitle([...(part === undefined ? [] : [part]), title, 'Sluice'].join(' · '))
  return (
    <Stack gap="lg">
      <Stack gap={4}>
        {crumbs.length > 0 && (
          <nav aria-label="Breadcrumb">
            <Breadcrumbs
              separatorMargin={6}
              styles={{ root: { flexWrap: 'wrap' }, breadcrumb: wrapping }}
            >
              {crumbs.map(({ name, href }) => (
                <Anchor
                  key={href}
                  component={Link}
                  to={href}
                  activeOptions={{ exact: true }}
                  size="sm"
                  py={5}
                  display="inline-block"
                >
                  {name}
                </Anchor>
              ))}
              <Text size="sm" c="dimmed" aria-current="page">
                {here}
              </Text>
            </Breadcrumbs>
          </nav>
        )}
        <Group justify="space-between" align="flex-start">
          <Title order={1} tabIndex={-1}>
            {title}
          </Title>
          {actions !== undefined && <Group gap="sm">{actions}</Group>}
        </Group>
        {about !== undefined && (
          <Text c="dimmed" maw={720}>
            {about}
          </Text>
        )}
      </Stack>
      {children}
    </Stack>
  )
}
