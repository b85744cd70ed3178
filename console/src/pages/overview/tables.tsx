import { Code, Table, Text } from '@mantine/core'
import type { ExportSchedule, ExportTask } from '@sluice/sdk'
import type { ReactNode } from 'react'
import { Instant } from '../../parts/instant.tsx'
import { Status } from '../../parts/status.tsx'
import { TaskStatus } from '../../parts/task-status.tsx'
import { VerdictStatus } from '../../parts/verdict-status.tsx'
import type { OverviewOutput } from './overview-query.ts'
import { nameOf } from './troubles.ts'

export function OutputsAtAGlance({ outputs }: { outputs: OverviewOutput[] }) {
  return (
    <Rows head={['Output', 'Bucket', 'Verification']} empty="">
      {outputs.map(({ output, verification }) => (
        <Table.Tr key={output.id}>
          <Table.Td>{nameOf(output)}</Table.Td>
          <Table.Td>
            <Code>{`${output.bucketName}/${output.pathPrefix ?? ''}`}</Code>
          </Table.Td>
          <Table.Td>
            <VerdictStatus verification={verification} />
          </Table.Td>
        </Table.Tr>
      ))}
    </Rows>
  )
}

export function SchedulesAtAGlance({ schedules }: { schedules: ExportSchedule[] }) {
  const empty = 'None yet. A schedule exports every hour, or every day, once it is over.'
  return (
    <Rows head={['Schedule', 'All there until', 'State']} empty={empty}>
      {schedules.map((schedule) => (
        <Table.Tr key={schedule.id}>
          <Table.Td>{schedule.name}</Table.Td>
          <Table.Td>
            <Instant at={schedule.completeUntil} />
          </Table.Td>
          <Table.Td>
            <ScheduleState schedule={schedule} />
          </Table.Td>
        </Table.Tr>
      ))}
    </Rows>
  )
}

function ScheduleState({ schedule }: { schedule: ExportSchedule }) {
  if (schedule.lateSince !== undefined) return <Status tone="bad">Late</Status>
  if (schedule.status === 'PAUSED') return <Status tone="none">Paused</Status>
  return <Status tone="good">On time</Status>
}

export function LastExports({ tasks }: { tasks: ExportTask[] }) {
  return (
    <Rows head={['Export', 'From', 'Until', 'Status']} empty="None yet.">
      {tasks.map((task) => (
        <Table.Tr key={task.id}>
          <Table.Td>{task.name}</Table.Td>
          <Table.Td>
            <Instant at={task.startTime} />
          </Table.Td>
          <Table.Td>
            <Instant at={task.endTime} />
          </Table.Td>
          <Table.Td>
            <TaskStatus task={task} />
          </Table.Td>
        </Table.Tr>
      ))}
    </Rows>
  )
}

function Rows({ head, empty, children }: { head: string[]; empty: string; children: ReactNode[] }) {
  if (children.length === 0)
    return (
      <Text c="dimmed" size="sm">
        {empty}
      </Text>
    )
  return (
    <Table.ScrollContainer minWidth={480} type="native">
      <Table>
        <Table.Thead>
          <Table.Tr>
            {head.map((name) => (
              <Table.Th key={name} scope="col">
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{children}</Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}
