// biome-ignore-all lint/a11y/noRedundantRoles: a row that is laid out otherwise on a phone is still one
// biome-ignore-all lint/a11y/noNoninteractiveElementToInteractiveRole: a table whose cells are reached by arrows is a grid
// biome-ignore-all lint/a11y/useFocusableInteractive: what is focused is within the cell
import { Group, Stack, Text, Tooltip } from '@mantine/core'
import {
  type KeyboardEvent,
  memo,
  type ReactNode,
  useCallback,
  useMemo,
  useRef,
  useState,
} from 'react'
import classes from './hour-grid.module.css'
import { type DayOfHours, groupByDay, stepTo } from './hour-steps.ts'
import { localTimeOf } from './local-time.ts'

/** What an hour looks like: a shape of its own for each, so that colors only repeat it. */
export type HourLook =
  | 'filled'
  | 'hollow'
  | 'striped'
  | 'dashed'
  | 'cross'
  | 'hollow-cross'
  | 'alarm'
  | 'question'
  | 'faint'

export interface GridHour {
  /** Its beginning, in UTC. */
  startTime: string
  look: HourLook
  /** What has become of it: `Delivered, 120 rows, 14 kB`. */
  text: string
}

export interface LegendEntry {
  look: HourLook
  word: string
  count: number
}

const columns = Array.from({ length: 24 }, (_, hour) => hour)

/**
 * Hours as a table, a day in each row. By keyboard it is one stop: arrows go from hour to hour, Home and End
 * through the day, Page Up and Page Down by a week. Hover and focus tell what an hour holds.
 */
export function HourGrid({
  hours,
  caption,
  selected,
  onSelect,
}: {
  /** In order. */
  hours: GridHour[]
  caption: string
  /** The beginning of the hour that is shown elsewhere on the page. */
  selected?: string | undefined
  onSelect(startTime: string): void
}) {
  const table = useRef<HTMLTableElement>(null)
  const days = useMemo(() => groupByDay(hours), [hours])
  const [current, setCurrent] = useState(0)
  const [told, setTold] = useState<{ cell: HTMLElement; label: ReactNode }>()
  const tell = useCallback((cell: HTMLElement | undefined) => {
    setTold(cell && { cell, label: tellOf(cell) })
  }, [])
  const move = (event: KeyboardEvent) => {
    if (event.key === 'Escape') return tell(undefined)
    const next = stepTo(event.key, { hours, current, isToEnd: event.ctrlKey || event.metaKey })
    if (next === undefined) return
    event.preventDefault()
    table.current?.querySelector<HTMLElement>(`[data-hour="${next}"]`)?.focus()
  }
  return (
    <div className={classes.frame} onPointerLeave={() => tell(undefined)}>
      {told && <Tooltip target={told.cell} opened label={told.label} multiline aria-hidden />}
      <table ref={table} role="grid" aria-label={caption} className={classes.grid} onKeyDown={move}>
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">
              Day, UTC
            </th>
            {columns.map((hour) => (
              <th key={hour} role="columnheader" scope="col">
                {String(hour).padStart(2, '0')}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {days.map((day) => (
            <Day
              key={day.date}
              day={day}
              current={isWithin(day, current) ? current : undefined}
              selected={selected?.startsWith(day.date) ? selected : undefined}
              onReach={setCurrent}
              onTell={tell}
              onSelect={onSelect}
            />
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** Its name, and when it is where the reader is. */
function tellOf(cell: HTMLElement): ReactNode {
  const { start = '' } = cell.dataset
  return (
    <>
      {cell.getAttribute('aria-label')}
      <br />
      {localTimeOf(new Date(start))}
    </>
  )
}

function isWithin({ cells }: DayOfHours<GridHour>, index: number): boolean {
  return cells.some((cell) => cell?.index === index)
}

const Day = memo(function Day({
  day,
  current,
  selected,
  onReach,
  onTell,
  onSelect,
}: {
  day: DayOfHours<GridHour>
  current: number | undefined
  selected: string | undefined
  onReach(index: number): void
  onTell(cell: HTMLElement | undefined): void
  onSelect(startTime: string): void
}) {
  return (
    <tr role="row">
      <th role="rowheader" scope="row">
        {day.date}
      </th>
      {day.cells.map((cell, hour) =>
        cell === undefined ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: it is the hour of the day
          <td key={hour} role="gridcell" />
        ) : (
          <td key={cell.hour.startTime} role="gridcell">
            <button
              type="button"
              className={classes.hour}
              data-look={cell.hour.look}
              data-hour={cell.index}
              data-start={cell.hour.startTime}
              tabIndex={cell.index === current ? 0 : -1}
              aria-label={`${labelOf(cell.hour.startTime)}: ${cell.hour.text}`}
              aria-pressed={cell.hour.startTime === selected}
              onFocus={(event) => {
                onReach(cell.index)
                onTell(event.currentTarget)
              }}
              onBlur={() => onTell(undefined)}
              onPointerEnter={(event) => onTell(event.currentTarget)}
              onClick={() => onSelect(cell.hour.startTime)}
            />
          </td>
        ),
      )}
    </tr>
  )
})

function labelOf(startTime: string): string {
  return `${startTime.slice(0, 16).replace('T', ' ')} UTC`
}

/** The looks that occur, in words, each with how often. */
export function HourLegend({ entries }: { entries: LegendEntry[] }) {
  return (
    <Group component="ul" gap="lg" p={0} m={0} aria-label="Legend">
      {entries
        .filter(({ count }) => count > 0)
        .map(({ look, word, count }) => (
          <Group component="li" key={word} gap={8} wrap="nowrap" display="inline-flex">
            <span className={classes.hour} data-look={look} data-legend aria-hidden />
            <Text span size="sm">
              {word} <b>{count.toLocaleString('en')}</b>
            </Text>
          </Group>
        ))}
    </Group>
  )
}

/** A grid with what its looks mean. */
export function HourMap({
  legend,
  ...grid
}: Parameters<typeof HourGrid>[0] & { legend: LegendEntry[] }) {
  return (
    <Stack gap="md">
      <HourLegend entries={legend} />
      <HourGrid {...grid} />
    </Stack>
  )
}
