/**
 * One finding of a typed dry run: the place with a caret, what is wrong, what to do; no line longer than the screen.
 */
import type { Ansis } from 'ansis'
import stringWidth from 'string-width'
import { renderSpot } from '../failure/render-spot.js'
import type { SourceSpot } from '../failure/types.js'
import type { Finding } from '../validate/types.js'
import { wrap } from './wrap.js'

/** How text is shown. */
export interface TextStyle {
  readonly color: Ansis
  /** Columns of the screen. */
  readonly width: number
}

/** What is shown of a finding, or of a problem of the compilation. */
export type Shown = Pick<Finding, 'message'> & Partial<Finding>

/** Several lines without a closing line feed. */
export function renderFinding(finding: Shown, { color, width }: TextStyle): string {
  const { at, sqlstate, detail, hint } = finding
  const code = sqlstate === undefined ? '' : ` (${sqlstate})`
  const message = `${finding.message}${code}${aboutOf(finding)}`
  const place = at === undefined ? '' : color.cyan(placeOf(at))
  const oneLine = `${place}  ${message}`
  const head =
    at !== undefined && stringWidth(oneLine) <= width
      ? [oneLine]
      : [...(at === undefined ? [] : [place]), ...wrap(message, width, '  ')]
  const source =
    at === undefined ? [] : renderSpot(fitSpot(at, width), '', color).split('\n').slice(1)
  return [
    ...head,
    ...source,
    ...(detail === undefined ? [] : wrap(detail, width, '  ')),
    ...(hint === undefined ? [] : wrap(`hint: ${hint}`, width, '  ')),
  ].join('\n')
}

function placeOf({ file, line, column }: SourceSpot): string {
  return [file, line, line === undefined ? undefined : column]
    .filter((part) => part !== undefined)
    .join(':')
}

// The name of the action, where the file does not tell it.
function aboutOf({ about, others = [], at }: Shown): string {
  if (about === undefined || at === undefined) return ''
  const file = /([^/]*?)\.[^./]*$/.exec(at.file)?.[1]
  if (others.length > 0) return ` [${about} and ${others.length} more]`
  return about.slice(about.lastIndexOf('.') + 1) === file ? '' : ` [${about}]`
}

const GUTTER = 7
const ELLIPSIS = '…'

/** A spot with no more of its line than there is room for, around the place that it is about. */
export function fitSpot(spot: SourceSpot, width: number): SourceSpot {
  const { text, column = 1 } = spot
  const room = Math.max(20, width - GUTTER)
  if (text === undefined || stringWidth(text) <= room) return spot
  const start = Math.min(Math.max(0, column - 1 - Math.floor(room / 2)), text.length - room)
  const cut = text.slice(start, start + room)
  const hasMore = start + room < text.length
  const shown = `${start > 0 ? ELLIPSIS : cut.slice(0, 1)}${cut.slice(1, -1)}${hasMore ? ELLIPSIS : cut.slice(-1)}`
  return { ...spot, text: shown, ...(spot.column === undefined ? {} : { column: column - start }) }
}
