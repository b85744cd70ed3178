// What a player tells about one error beyond its sample. No file has these: the API answers with them.

import { column, integer, type SampleColumn, text } from './column.ts'
import { sampleColumns } from './columns.ts'

const shared = new Set(['license_key', 'time', 'impression_id', 'client_time'])

export const errorDetailColumns: readonly SampleColumn[] = [
  ...sampleColumns.filter(({ name }) => shared.has(name)),
  column('error_id', 'Int64', 'position of the error within its impression, from 0', {
    isNullable: false,
  }),
  ...sampleColumns.filter(({ name }) => ['domain', 'platform', 'analytics_version'].includes(name)),
  integer('error_code', '', 'number of the error', 'code'),
  text('error_message', 'text of the error', { wire: 'message' }),
  text('error_severity', 'CRITICAL or INFO', { wire: 'severity' }),
  text('exception_message', 'text of the exception', { wire: 'data.exceptionMessage' }),
  text('additional_data', 'what else the player knows', { wire: 'data.additionalData' }),
  column('exception_stacktrace', 'Array(String)', 'lines of the stack', {
    wire: 'data.exceptionStacktrace',
  }),
  text('http_requests', 'the last requests before the error, a JSON array of objects', {
    wire: 'httpRequests',
  }),
]
