/**
 * Rows as a table that fits the terminal.
 */
import Table from 'cli-table3'
import stringWidth from 'string-width'

/** A column's head. */
export interface TableColumn {
  readonly name: string
  /** Numbers stand at the right. */
  readonly align?: 'left' | 'right'
}

/** How a table is drawn. */
export interface TableOptions {
  /** Columns of the terminal; `Infinity` where nothing limits a line. */
  readonly width: number
  /** What stands for a missing value; `NULL` if not given. */
  readonly nullText?: string
}

/** No column is made narrower than this; a table that then does not fit is turned into records. */
const MIN_COLUMN = 8
/** What stands between two columns. */
const GAP = ' │ '

const noBorder = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  right: '',
  'right-mid': '',
  mid: '─',
  'mid-mid': '┼',
  middle: '│',
} as const

/**
 * Draws rows under their column names, lines separated by `\n`, without one at the end. Cells that
 * are too wide are cut with `…`; where even that does not fit, every row becomes a block of
 * `name │ value` lines.
 */
export function renderTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly (string | null)[])[],
  options: TableOptions,
): string {
  const names = columns.map((column) => printable(column.name))
  const cells = rows.map((row) => row.map((value) => cellText(value, options)))
  const natural = names.map((name, index) =>
    Math.max(stringWidth(name), ...cells.map((row) => widest(row[index] ?? ''))),
  )
  const widths = fit(natural, options.width - GAP.length * (names.length - 1))
  if (widths === undefined) return renderRecords(names, cells, options.width)
  return draw(
    names,
    cells,
    widths,
    columns.map((column) => column.align ?? 'left'),
  )
}

function cellText(value: string | null | undefined, options: TableOptions): string {
  return value === null || value === undefined ? (options.nullText ?? 'NULL') : printable(value)
}

/** Data must not steer the terminal: control characters are written out, except line feeds. */
export function printable(text: string): string {
  return text.replaceAll('\t', '    ').replace(/(?!\n)\p{Cc}/gu, (character) => {
    const code = character.charCodeAt(0).toString(16)
    return `\\x${code.padStart(2, '0')}`
  })
}

function widest(text: string): number {
  return text.includes('\n')
    ? Math.max(...text.split('\n').map((line) => stringWidth(line)))
    : stringWidth(text)
}

/**
 * Takes from the widest columns until the sum fits.
 * @returns undefined if it cannot fit
 */
export function fit(natural: readonly number[], room: number): readonly number[] | undefined {
  const sum = (widths: readonly number[]): number =>
    widths.reduce((total, width) => total + width, 0)
  if (sum(natural) <= room) return natural
  if (sum(natural.map((width) => Math.min(width, MIN_COLUMN))) > room) return undefined
  // The greatest limit at which the sum fits, and one more for as many columns as there is room left for.
  let limit = MIN_COLUMN
  const limited = (most: number): readonly number[] => natural.map((width) => Math.min(width, most))
  while (sum(limited(limit + 1)) <= room) limit += 1
  let left = room - sum(limited(limit))
  return natural.map((width) => {
    if (width <= limit || left === 0) return Math.min(width, limit)
    left -= 1
    return limit + 1
  })
}

function draw(
  names: readonly string[],
  cells: readonly (readonly string[])[],
  widths: readonly number[],
  aligns: readonly ('left' | 'right')[],
): string {
  const table = new Table({
    head: [...names],
    chars: noBorder,
    style: { head: [], border: [], compact: true, 'padding-left': 1, 'padding-right': 1 },
    colAligns: [...aligns],
    colWidths: widths.map((width) => width + 2),
  })
  for (const row of cells) table.push([...row])
  return (
    table
      .toString()
      .split('\n')
      // Nothing stands at the outer edges, so they need no padding.
      .map((line) => (line.startsWith('─') ? line.slice(1, -1) : line.slice(1).trimEnd()))
      .join('\n')
  )
}

function renderRecords(
  names: readonly string[],
  cells: readonly (readonly string[])[],
  width: number,
): string {
  const nameWidth = Math.max(...names.map((name) => stringWidth(name)))
  const valueWidth = Math.max(MIN_COLUMN, width - nameWidth - GAP.length)
  return cells
    .map((row, index) => {
      const lines = row.map((value, column) => {
        const name = names[column] ?? ''
        const indent = `${name}${' '.repeat(nameWidth - stringWidth(name))}${GAP}`
        return `${indent}${cut(value.replaceAll('\n', ' '), valueWidth)}`
      })
      return [
        `── row ${index + 1} ${'─'.repeat(Math.max(0, Math.min(width, 40) - 9 - String(index + 1).length))}`,
        ...lines,
      ].join('\n')
    })
    .join('\n')
}

function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text
  let kept = ''
  let used = 0
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    used += stringWidth(segment)
    if (used > width - 1) break
    kept += segment
  }
  return `${kept}…`
}
