type WithoutAbsent<Members> = {
  [Name in keyof Members as undefined extends Members[Name] ? never : Name]: Members[Name]
} & {
  [Name in keyof Members as undefined extends Members[Name] ? Name : never]?: NonNullable<
    Members[Name]
  >
}

/** The members that have a value: the SDKs take no null for some of the others. */
export function withoutAbsent<Members extends object>(members: Members): WithoutAbsent<Members> {
  const present: Partial<Members> = {}
  for (const name in members) if (members[name] !== undefined) present[name] = members[name]
  return present as unknown as WithoutAbsent<Members>
}
