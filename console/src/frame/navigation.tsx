import { Stack } from '@mantine/core'
import { useParams } from '@tanstack/react-router'
import {
  CalendarClock,
  Database,
  FileOutput,
  HardDriveUpload,
  LayoutDashboard,
  type LucideIcon,
  Settings,
  ShieldUser,
  UserCog,
} from 'lucide-react'
import { NavLinkTo } from '../parts/links.tsx'
import { useSession } from './session.ts'

const own = '/organizations/$organizationId'

const pages = [
  { to: own, label: 'Overview', icon: LayoutDashboard },
  { to: `${own}/outputs`, label: 'Outputs', icon: HardDriveUpload },
  { to: `${own}/exports`, label: 'Exports', icon: FileOutput },
  { to: `${own}/schedules`, label: 'Schedules', icon: CalendarClock },
  { to: `${own}/licenses`, label: 'Licenses', icon: Database },
  { to: `${own}/privacy`, label: 'Privacy', icon: ShieldUser },
  { to: `${own}/settings`, label: 'Settings', icon: Settings },
] as const

export function Navigation() {
  const session = useSession()
  const { organizationId = session.organization.id } = useParams({ strict: false })
  return (
    <Stack gap={2}>
      {pages.map(({ to, label, icon }) => (
        <NavLinkTo
          key={to}
          to={to}
          params={{ organizationId }}
          activeOptions={{ exact: to === own }}
          label={label}
          leftSection={<NavigationIcon icon={icon} />}
        />
      ))}
      {session.isOperator && (
        <NavLinkTo
          to="/operator"
          label="Operator"
          leftSection={<NavigationIcon icon={UserCog} />}
        />
      )}
    </Stack>
  )
}

function NavigationIcon({ icon: Icon }: { icon: LucideIcon }) {
  return <Icon size={18} strokeWidth={1.75} aria-hidden />
}
