/**
 * The end of a run: a table by kind and status, then what failed, each with its place.
 */
import type { Ansis } from 'ansis'
import Table from 'cli-table3'
import { renderFailure } from '../failure/render-failure.js'
import { targetKey } from '../graph/target.js'
import type { ActionType } from '../graph/types.js'
import type { ActionResult, ActionStatus, RunReport } from '../run/events.js'
import { formatCount, formatDuration } from './format.js'

const TYPES: readonly ActionType[] = [
  'load',
  'operations',
  'view',
  'table',
  'incremental',
  'assertion',
]
const STATUSES: readonly ActionStatus[] = ['succeeded', 'warned', 'failed', 'skipped', 'disabled']
const HEADINGS: Readonly<Record<ActionStatus, string>> = {
  succeeded: 'ok',
  warned: 'warn',
  failed: 'failed',
  skipped: 'skipped',
  disabled: 'off',
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0)

/** The table of counts, rows and time by kind of action. Columns without a number in them are left out. */
export function summaryTable(report: RunReport, color: Ansis): string {
  const statuses = STATUSES.filter(
    (status) => status === 'succeeded' || report.results.some((result) => result.status === status),
  )
  const table = new Table({
    head: ['', ...statuses.map((status) => HEADINGS[status]), 'rows', 'time'],
    colAligns: ['left', ...statuses.map(() => 'right' as const), 'right', 'right'],
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: Object.fromEntries(
      [
        'top',
        'top-mid',
        'top-left',
        'top-right',
        'bottom',
        'bottom-mid',
        'bottom-left',
        'bottom-right',
        'left',
        'left-mid',
        'mid',
        'mid-mid',
        'right',
        'right-mid',
        'middle',
      ].map((name) => [name, '']),
    ),
  })
  const row = (label: string, results: readonly ActionResult[]): string[] => {
    const written = results.flatMap((result) =>
      result.type === 'assertion' ? [] : (result.rows ?? []),
    )
    return [
      label,
      ...statuses.map((status) =>
        count(results.filter((result) => result.status === status).length),
      ),
      written.length === 0 ? '' : formatCount(sum(written)),
      formatDuration(sum(results.map((result) => result.durationMs))),
    ]
  }
  for (const type of TYPES) {
    const results = report.results.filter((result) => result.type === type)
    if (results.length > 0) table.push(row(type, results))
  }
  table.push(row('total', report.results).map((cell) => color.bold(cell)))
  return table.toString().replace(/[ \t]+$/gm, '')
}

const count = (n: number): string => (n === 0 ? '-' : formatCount(n))

/** Failures and warnings of a run, most important last; empty if there are none. */
export function failureBlocks(report: RunReport, color: Ansis): readonly string[] {
  const order: readonly ActionStatus[] = ['warned', 'failed']
  return order.flatMap((status) =>
    report.results
      .filter((result) => result.status === status)
      .flatMap((result) =>
        result.failure === undefined
          ? []
          : [
              `${status === 'failed' ? color.red.bold('FAILED') : color.yellow.bold('WARNING')} ${color.bold(targetKey(result.target))} ${color.dim(`(${result.type})`)}\n${renderFailure(result.failure, color)}`,
            ],
      ),
  )
}

/** One sentence about the whole run. */
export function verdict(report: RunReport, color: Ansis): string {
  const failed = report.results.filter((result) => result.status === 'failed').length
  const skipped = report.results.filter((result) => result.status === 'skipped').length
  const time = formatDuration(report.durationMs)
  if (report.cancelled)
    return color.red(`Cancelled after ${time}; what was running was rolled back.`)
  if (failed === 0) return color.green(`Done in ${time}.`)
  const also = skipped === 0 ? '' : `, ${skipped} skipped`
  return color.red(`${failed} failed${also}, in ${time}.`)
}
