import type { NewExportTask } from '@sluice/sdk'
import { type Command, InvalidArgumentError, Option } from 'commander'

/** What files hold and how they are written, of a task and of a schedule. */
export interface ContentOptions {
  type: (typeof types)[number]
  format: (typeof formats)[number]
  compression?: (typeof compressions)[number]
  layout: (typeof layouts)[number]
  columns?: string
}

const types = ['SESSIONS', 'ADS'] as const
const formats = ['CSV', 'PARQUET'] as const
const compressions = ['NONE', 'GZIP', 'ZSTD', 'SNAPPY'] as const
const layouts = ['FLAT', 'HIVE'] as const

export function addContentOptions(command: Command): Command {
  return command
    .addOption(choice('--type <type>', 'of the samples', types).default('SESSIONS'))
    .addOption(choice('--format <format>', 'of the files', formats).default('CSV'))
    .addOption(
      choice(
        '--compression <compression>',
        'CSV: NONE, GZIP, ZSTD; PARQUET: ZSTD, SNAPPY',
        compressions,
      ),
    )
    .addOption(
      choice('--layout <layout>', 'HIVE: below dt=…/hour=…/, in UTC', layouts).default('FLAT'),
    )
    .option('--columns <names>', 'separated by commas; all when absent')
}

/** In capitals or not. */
export function choice(flags: string, description: string, values: readonly string[]): Option {
  return new Option(flags, description).choices(values).argParser((text) => {
    const value = values.find((each) => each === text.toUpperCase())
    if (value !== undefined) return value
    throw new InvalidArgumentError(`It is ${values.join(' or ')}.`)
  })
}

export function readContent(
  options: ContentOptions,
): Pick<NewExportTask, 'type' | 'fileFormat' | 'compression' | 'layout' | 'columns'> {
  const { type, format, compression, layout, columns } = options
  return {
    type,
    fileFormat: format,
    layout,
    ...(compression !== undefined && { compression }),
    ...(columns !== undefined && { columns: columns.split(',') }),
  }
}
