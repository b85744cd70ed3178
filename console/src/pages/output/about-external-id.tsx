import { Stack, Text } from '@mantine/core'

/** For whoever has never heard of one. */
export function AboutExternalId() {
  return (
    <Stack gap="xs" maw={720}>
      <Text size="sm">
        <b>What it is for.</b> A role in AWS is a door, and its trust policy says who may open it.
        Yours will say: Sluice may, but only if it also says this id. Sluice says it when it writes
        for this output, and never for anybody else.
      </Text>
      <Text size="sm">
        So if another customer of Sluice names your role, by mistake or on purpose, Sluice says{' '}
        <i>their</i> id, and your door stays shut. It is no password: whoever may read roles in your
        account can see it, and alone it opens nothing.
      </Text>
    </Stack>
  )
}
