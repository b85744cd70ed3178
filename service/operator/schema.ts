import { type Static, Type } from 'typebox'
import type { WorkerState } from '#exports'
import { formatInstant, Instant } from '#http'
import type { FailingOutput, OrganizationQueue } from './operator.ts'

const Worker = Type.Object({
  id: Type.String({ format: 'uuid' }),
  host: Type.String(),
  processId: Type.Integer(),
  concurrency: Type.Integer({ description: 'Tasks at once.' }),
  startedAt: Instant,
  seenAt: Instant,
  isAlive: Type.Boolean({ description: 'It has said so within the last 30 s.' }),
  tasks: Type.Array(Type.Object({ exportTaskId: Type.String(), organizationId: Type.String() }), {
    description: 'What it is at.',
  }),
})

export const WorkersAnswer = Type.Object(
  { workers: Type.Array(Worker, { description: 'Of the last day, the newest first.' }) },
  { title: 'OperatorWorkers' },
)

const Queue = Type.Object({
  organizationId: Type.String({ format: 'uuid' }),
  organizationName: Type.String(),
  queued: Type.Integer({ description: 'Export tasks that nobody has begun.' }),
  started: Type.Integer(),
  oldestQueuedAt: Type.Optional(Instant),
})

export const QueueAnswer = Type.Object(
  {
    organizations: Type.Array(Queue, {
      description: 'Those with tasks that are not over, the longest wait first.',
    }),
  },
  { title: 'OperatorQueue' },
)

export const FailingOutputAnswer = Type.Object(
  {
    outputId: Type.String({ format: 'uuid' }),
    name: Type.Optional(Type.String()),
    bucketName: Type.String(),
    roleArn: Type.String(),
    organizationId: Type.String({ format: 'uuid' }),
    organizationName: Type.String(),
    role: Type.Optional(
      Type.Object(
        { code: Type.String(), since: Instant },
        { description: 'Its last clear probes have failed.' },
      ),
    ),
    exportTask: Type.Optional(
      Type.Object(
        { id: Type.String(), code: Type.String(), endedAt: Instant },
        { description: 'The last that has ended did so in ERROR.' },
      ),
    ),
    lateSince: Type.Optional({
      ...Instant,
      description: 'An hour of one of its schedules has been overdue since then.',
    }),
  },
  { title: 'OperatorFailingOutput' },
)

export function writeWorker(worker: WorkerState): Static<typeof Worker> {
  const { startedAt, seenAt, tasks, ...members } = worker
  return {
    ...members,
    startedAt: formatInstant(startedAt),
    seenAt: formatInstant(seenAt),
    tasks: tasks.map(({ id, organizationId }) => ({ exportTaskId: id, organizationId })),
  }
}

export function writeQueue({ oldestQueuedAt, ...queue }: OrganizationQueue): Static<typeof Queue> {
  return { ...queue, ...(oldestQueuedAt && { oldestQueuedAt: formatInstant(oldestQueuedAt) }) }
}

export function writeFailingOutput(output: FailingOutput): Static<typeof FailingOutputAnswer> {
  const { name, role, task, lateSince, ...members } = output
  return {
    ...members,
    ...(name !== undefined && { name }),
    ...(role && { role: { ...role, since: formatInstant(role.since) } }),
    ...(task && { exportTask: { ...task, endedAt: formatInstant(task.endedAt) } }),
    ...(lateSince && { lateSince: formatInstant(lateSince) }),
  }
}
