import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { drawChart } from './chart.ts'
import type { BenchRow } from './measure.ts'

const root = join(import.meta.dirname, '../..')
const [jsonPath, chartPath, readmePath] = ['docs/bench.json', 'docs/bench.svg', 'README.md'].map(
  (path) => join(root, path),
) as [string, string, string]
const [tableStart, tableEnd] = ['<!-- npm run bench -- --write: from here -->', '<!-- to here -->']

/** Rows of this run replace their like in docs/bench.json, from which the chart and the README's table are made. */
export async function writeResults(measured: readonly BenchRow[]): Promise<void> {
  const kept: BenchRow[] = existsSync(jsonPath) ? JSON.parse(await readFile(jsonPath, 'utf8')) : []
  const names = new Set(measured.map(nameOf))
  const rows = [...kept.filter((row) => !names.has(nameOf(row))), ...measured]
  rows.sort((a, b) => nameOf(a).localeCompare(nameOf(b), 'en', { numeric: true }))
  await writeFile(jsonPath, `${JSON.stringify(rows, undefined, 2)}\n`)
  await writeFile(chartPath, drawChart(rows))
  const readme = await readFile(readmePath, 'utf8')
  const [before, rest = ''] = readme.split(`${tableStart}\n`)
  const after = rest.slice(rest.indexOf(tableEnd))
  await writeFile(readmePath, `${before}${tableStart}\n${writeTable(rows)}${after}`)
}

function nameOf({ bench, fileFormat, rows, columns }: BenchRow): string {
  const of = rows === undefined ? '' : `, ${rows.toLocaleString('en')} rows of ${columns} columns`
  return `${bench}${of}${fileFormat === undefined ? '' : `, ${fileFormat}`}`
}

function writeTable(rows: readonly BenchRow[]): string {
  const lines = rows.map((row) => {
    const { unit, base, ours, ratio, ratioMax, oursMax } = row
    const aim = ratioMax ?? (oursMax === undefined ? '' : `${oursMax} ${unit}`)
    const cells = [nameOf(row), base === undefined ? '' : `${base} ${unit}`, `${ours} ${unit}`]
    return `| ${[...cells, ratio ?? '', aim].join(' | ')} |\n`
  })
  const head = '| measured | beside | Sluice | ratio | aim |\n| --- | --- | --- | --- | --- |\n'
  return `${head}${lines.join('')}`
}
