/**
 * A unit test's result as text: a line, and for a failure what differs.
 */
import type { Ansis } from 'ansis'
import Table from 'cli-table3'
import { renderFailure } from '../failure/render-failure.js'
import type { Difference } from '../test/compare.js'
import type { TestResult } from '../test/run-tests.js'
import { formatDuration } from './format.js'

/** One line, and below it what is wrong. */
export function renderTestResult(result: TestResult, color: Ansis): string {
  const { name, fileName } = result.test
  const rest = `${name}  ${color.dim(`${fileName}, ${formatDuration(result.durationMs)}`)}`
  switch (result.status) {
    case 'passed':
      return `${color.green('ok  ')} ${rest}`
    case 'disabled':
      return `${color.dim('off ')} ${name}`
    case 'failed':
      return `${color.red.bold('FAIL')} ${rest}\n${renderDifference(result.difference)}`
    case 'error':
      return `${color.red.bold('FAIL')} ${rest}\n${renderFailure(result.failure, color)}`
  }
}

function renderDifference(difference: Difference): string {
  if (difference.columns.length > 0) return difference.columns.map((text) => `  ${text}`).join('\n')
  const rows = [
    ...difference.missing.map((row) => ({ row, word: 'expected' })),
    ...difference.unexpected.map((row) => ({ row, word: 'got' })),
  ]
  const names = Object.keys(rows[0]?.row.values ?? {})
  const table = new Table({ head: ['', ...names], style: { head: [], border: [] } })
  for (const { row, word } of rows) {
    const times = row.times === 1 ? '' : ` ${row.times} times`
    table.push([`${word}${times}`, ...names.map((name) => row.values[name] ?? 'NULL')])
  }
  return table.toString().replace(/^/gm, '  ')
}
