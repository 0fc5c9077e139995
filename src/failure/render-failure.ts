/**
 * An action's failure as people read it: the place with a caret, what is wrong, what to do.
 */
import type { Ansis } from 'ansis'
import Table from 'cli-table3'
import { impossible } from '../impossible.js'
import { renderSpot } from './render-spot.js'
import type { ActionFailure, SampleRow, SourceSpot } from './types.js'

/** Several lines, indented by two, without a closing line feed. */
export function renderFailure(failure: ActionFailure, color: Ansis): string {
  return lines(failure, color)
    .join('\n')
    .replace(/^(?=.)/gm, '  ')
}

function lines(failure: ActionFailure, color: Ansis): readonly string[] {
  switch (failure.kind) {
    case 'sql': {
      const code = failure.sqlstate === undefined ? '' : color.dim(` (${failure.sqlstate})`)
      const step = failure.step === undefined ? '' : color.dim(` [${failure.step}]`)
      return [
        ...located(failure.at, `${failure.message}${code}${step}`, color),
        ...(failure.detail === undefined ? [] : [failure.detail]),
        ...hint(failure.hint, color),
      ]
    }
    case 'assertion':
      return [
        ...located(failure.at, failure.message, color),
        ...sampleTable(failure.sample, failure.failingRows),
      ]
    case 'audit':
      return located(failure.at, failure.message, color)
    case 'load':
    case 'unsupported':
      return [...located(failure.at, failure.message, color), ...hint(failure.hint, color)]
    case 'connection':
      return [failure.message, ...hint(failure.hint, color)]
    case 'timeout':
    case 'cancelled':
    case 'upstream':
      return [failure.message]
    default:
      return impossible(failure)
  }
}

const hint = (text: string | undefined, color: Ansis): readonly string[] =>
  text === undefined ? [] : [color.cyan(text)]

function located(spot: SourceSpot | undefined, message: string, color: Ansis): readonly string[] {
  return spot === undefined ? [message] : [renderSpot(spot, message, color)]
}

const MAX_CELL = 40
const MAX_COLUMNS = 6

function sampleTable(sample: readonly SampleRow[], failingRows: number): readonly string[] {
  const first = sample[0]
  if (first === undefined) return []
  const all = Object.keys(first)
  const names = all.slice(0, MAX_COLUMNS)
  const table = new Table({
    head: names,
    style: { head: [], border: [] },
    wordWrap: false,
    // Rows of a sample are short: no rule between them.
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  })
  for (const row of sample) table.push(names.map((name) => cell(row[name])))
  const left = [
    ...(all.length > names.length ? [`${all.length - names.length} more columns`] : []),
    ...(failingRows > sample.length ? [`${failingRows - sample.length} more rows`] : []),
  ]
  return [table.toString(), ...(left.length === 0 ? [] : [`and ${left.join(', ')}`])]
}

function cell(value: unknown): string {
  const text =
    value === null || value === undefined
      ? 'NULL'
      : typeof value === 'string'
        ? value
        : JSON.stringify(value)
  // Control characters would be obeyed by the terminal.
  // eslint-disable-next-line no-control-regex
  const line = text.replace(/\s+/g, ' ').replace(/[\u0000-\u001f\u007f-\u009f]/g, '�')
  return line.length > MAX_CELL ? `${line.slice(0, MAX_CELL - 1)}…` : line
}
