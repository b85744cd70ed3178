import type { ExportLogEntry, ExportTask } from '@sluice/sdk'
import { useQuery } from '@tanstack/react-query'
import { useOrganization } from '../../frame/session.ts'
import { Card } from '../../parts/card.tsx'
import { Instant } from '../../parts/instant.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Rows } from '../../parts/rows.tsx'
import { Status, type Tone } from '../../parts/status.tsx'
import { exportLogQuery } from './export-task-query.ts'

const events: Record<ExportLogEntry['event'], { tone: Tone; word: string }> = {
  ATTEMPT: { tone: 'waiting', word: 'Attempt' },
  REFUSED: { tone: 'doubt', word: 'Refused' },
  POSTPONED: { tone: 'doubt', word: 'Postponed' },
  HANDED_BACK: { tone: 'doubt', word: 'Handed back' },
  FAILED: { tone: 'bad', word: 'Failed' },
  FINISHED: { tone: 'good', word: 'Finished' },
  CANCEL_REQUESTED: { tone: 'none', word: 'Cancel requested' },
  CANCELLED: { tone: 'none', word: 'Cancelled' },
  RETRIED: { tone: 'waiting', word: 'Retried' },
}

/** What happened to the task, in that order. */
export function Log({ task }: { task: ExportTask }) {
  const log = useQuery(exportLogQuery(useOrganization(), task))
  return (
    <Card title="Log">
      <Loaded query={log} what="the log">
        {(entries) => (
          <Rows
            caption="Log"
            head={['When', 'What', 'Why']}
            whole={['When', 'What']}
            empty="Nothing has happened yet: no worker has taken the export."
            rows={entries.map(({ at, event, message }, position) => ({
              key: `${position} ${at}`,
              cells: [
                <Instant key="at" at={at} to="second" />,
                <Status key="event" tone={events[event].tone}>
                  {events[event].word}
                </Status>,
                message,
              ],
            }))}
          />
        )}
      </Loaded>
    </Card>
  )
}
