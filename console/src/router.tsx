import { AccessError } from '@sluice/sdk'
import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router'
import { ActingIn } from './frame/acting-in.tsx'
import { Crashed } from './frame/crashed.tsx'
import { Frame } from './frame/frame.tsx'
import { NotFound } from './frame/not-found.tsx'
import { sessionQuery } from './frame/session.ts'
import { readExportsSearch, readTargetSearch } from './pages/exports/exports-search.ts'
import { readLicenseSearch, readSamplesSearch } from './pages/licenses/license-search.ts'
import { readOperatorSearch } from './pages/operator/operator-search.ts'
import { readAccessesSearch } from './pages/output/accesses-search.ts'
import { readMonthsSearch } from './pages/output-hours/months.ts'
import { readNewOutputSearch, readSetUpSearch } from './pages/set-up/set-up-search.ts'
import { readSignInSearch, signInByLink } from './pages/sign-in/sign-in-search.ts'
import { readPageSearch } from './parts/page-search.ts'

// Every address of the console. A page is loaded when somebody comes to it.

const rootRoute = createRootRouteWithContext<{ queries: QueryClient }>()()

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: readSignInSearch,
  beforeLoad: ({ context, location }) => signInByLink(context.queries, location.hash),
  component: lazyRouteComponent(() => import('./pages/sign-in/sign-in.tsx'), 'SignIn'),
})

/** All below it is for those who are signed in. */
const signedInRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'signed-in',
  beforeLoad: async ({ context, location }) => {
    await context.queries.ensureQueryData(sessionQuery).catch((error: unknown) => {
      if (!(error instanceof AccessError)) throw error
      throw redirect({ to: '/sign-in', search: { return: location.href } })
    })
  },
  component: Frame,
})

const homeRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/',
  beforeLoad: async ({ context }) => {
    const session = await context.queries.ensureQueryData(sessionQuery)
    if (session.isOperator) throw redirect({ to: '/operator', replace: true })
    const params = { organizationId: session.organization.id }
    throw redirect({ to: '/organizations/$organizationId', params, replace: true })
  },
})

/** With the frame around it, so that one finds the way back. */
const lostRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '$',
  component: NotFound,
})

const operatorRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/operator',
  validateSearch: readOperatorSearch,
  component: lazyRouteComponent(() => import('./pages/operator/operator.tsx'), 'Operator'),
})

const organizationRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/organizations/$organizationId',
  component: ActingIn,
})

const ofOrganization = { getParentRoute: () => organizationRoute }

const organizationRoutes = organizationRoute.addChildren([
  createRoute({
    ...ofOrganization,
    path: '/',
    component: lazyRouteComponent(() => import('./pages/overview/overview.tsx'), 'Overview'),
  }),
  createRoute({
    ...ofOrganization,
    path: '/outputs',
    validateSearch: readPageSearch,
    component: lazyRouteComponent(() => import('./pages/outputs/outputs.tsx'), 'Outputs'),
  }),
  createRoute({
    ...ofOrganization,
    path: '/outputs/new',
    validateSearch: readNewOutputSearch,
    component: lazyRouteComponent(() => import('./pages/set-up/new-output.tsx'), 'NewOutput'),
  }),
  createRoute({
    ...ofOrganization,
    path: '/outputs/$outputId/set-up/$step',
    validateSearch: readSetUpSearch,
    component: lazyRouteComponent(() => import('./pages/set-up/set-up.tsx'), 'SetUp'),
  }),
  createRoute({
    ...ofOrganization,
    path: '/outputs/$outputId',
    component: lazyRouteComponent(() => import('./pages/output/output.tsx'), 'Output'),
  }),
  createRoute({
    ...ofOrganization,
    path: '/outputs/$outputId/verification',
    component: lazyRouteComponent(
      () => import('./pages/output/verification.tsx'),
      'OutputVerification',
    ),
  }),
  createRoute({
    ...ofOrganization,
    path: '/outputs/$outputId/hours',
    validateSearch: readMonthsSearch,
    component: lazyRouteComponent(
      () => import('./pages/output-hours/output-hours.tsx'),
      'OutputHours',
    ),
  }),
  createRoute({
    ...ofOrganization,
    path: '/outputs/$outputId/accesses',
    validateSearch: readAccessesSearch,
    component: lazyRouteComponent(() => import('./pages/output/accesses.tsx'), 'Accesses'),
  }),
  createRoute({
    ...ofOrganization,
    path: '/outputs/$outputId/external-id',
    component: lazyRouteComponent(
      () => import('./pages/output/external-id.tsx'),
      'OutputExternalId',
    ),
  }),
  createRoute({
    ...ofOrganization,
    path: '/outputs/$outputId/policies',
    component: lazyRouteComponent(() => import('./pages/output/policies.tsx'), 'Policies'),
  }),
  createRoute({
    ...ofOrganization,
    path: '/exports',
    validateSearch: readExportsSearch,
    component: lazyRouteComponent(() => import('./pages/exports/exports.tsx'), 'Exports'),
  }),
  createRoute({
    ...ofOrganization,
    path: '/exports/new',
    validateSearch: readTargetSearch,
    component: lazyRouteComponent(() => import('./pages/new-export/new-export.tsx'), 'NewExport'),
  }),
  createRoute({
    ...ofOrganization,
    path: '/exports/$exportTaskId',
    component: lazyRouteComponent(
      () => import('./pages/export-task/export-task.tsx'),
      'ExportTaskPage',
    ),
  }),
  createRoute({
    ...ofOrganization,
    path: '/schedules',
    component: lazyRouteComponent(() => import('./pages/schedules/schedules.tsx'), 'Schedules'),
  }),
  createRoute({
    ...ofOrganization,
    path: '/schedules/new',
    validateSearch: readTargetSearch,
    component: lazyRouteComponent(
      () => import('./pages/new-schedule/new-schedule.tsx'),
      'NewSchedule',
    ),
  }),
  createRoute({
    ...ofOrganization,
    path: '/schedules/$scheduleId',
    validateSearch: readPageSearch,
    component: lazyRouteComponent(() => import('./pages/schedule/schedule.tsx'), 'Schedule'),
  }),
  createRoute({
    ...ofOrganization,
    path: '/licenses',
    component: lazyRouteComponent(() => import('./pages/licenses/licenses.tsx'), 'Licenses'),
  }),
  createRoute({
    ...ofOrganization,
    path: '/licenses/new',
    component: lazyRouteComponent(() => import('./pages/licenses/new-license.tsx'), 'NewLicense'),
  }),
  createRoute({
    ...ofOrganization,
    path: '/licenses/$licenseId',
    validateSearch: readLicenseSearch,
    component: lazyRouteComponent(() => import('./pages/licenses/license.tsx'), 'License'),
  }),
  createRoute({
    ...ofOrganization,
    path: '/licenses/$licenseId/samples',
    validateSearch: readSamplesSearch,
    component: lazyRouteComponent(
      () => import('./pages/licenses/newest-samples.tsx'),
      'NewestSamples',
    ),
  }),
  createRoute({
    ...ofOrganization,
    path: '/licenses/virtual/new',
    component: lazyRouteComponent(
      () => import('./pages/licenses/virtual-license.tsx'),
      'NewVirtualLicense',
    ),
  }),
  createRoute({
    ...ofOrganization,
    path: '/licenses/virtual/$virtualLicenseId',
    component: lazyRouteComponent(
      () => import('./pages/licenses/virtual-license.tsx'),
      'VirtualLicense',
    ),
  }),
  createRoute({
    ...ofOrganization,
    path: '/privacy',
    validateSearch: readPageSearch,
    component: lazyRouteComponent(() => import('./pages/privacy/privacy.tsx'), 'Privacy'),
  }),
  createRoute({
    ...ofOrganization,
    path: '/privacy/new',
    component: lazyRouteComponent(() => import('./pages/privacy/new-deletion.tsx'), 'NewDeletion'),
  }),
  createRoute({
    ...ofOrganization,
    path: '/privacy/$deletionId',
    validateSearch: readPageSearch,
    component: lazyRouteComponent(() => import('./pages/privacy/deletion.tsx'), 'Deletion'),
  }),
  createRoute({
    ...ofOrganization,
    path: '/settings',
    component: lazyRouteComponent(() => import('./pages/settings/settings.tsx'), 'Settings'),
  }),
  createRoute({
    ...ofOrganization,
    path: '/settings/webhooks/new',
    component: lazyRouteComponent(() => import('./pages/settings/new-webhook.tsx'), 'NewWebhook'),
  }),
  createRoute({
    ...ofOrganization,
    path: '/settings/webhooks/$webhookId',
    component: lazyRouteComponent(() => import('./pages/settings/webhook.tsx'), 'Webhook'),
  }),
])

export function createAppRouter(queries: QueryClient) {
  return createRouter({
    routeTree: rootRoute.addChildren([
      signInRoute,
      signedInRoute.addChildren([homeRoute, operatorRoute, organizationRoutes, lostRoute]),
    ]),
    context: { queries },
    defaultPreload: 'intent',
    defaultErrorComponent: Crashed,
    scrollRestoration: true,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}
