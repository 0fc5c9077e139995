/**
 * A place in a file: `file:line:column  message`, the line with its number, and a caret under it.
 */
import type { Ansis } from 'ansis'
import stringWidth from 'string-width'
import type { SourceSpot } from './types.js'

const MAX_TEXT = 160

/** Up to three lines; without the line's text only the first. */
export function renderSpot(spot: SourceSpot, message: string, color: Ansis): string {
  const place = [spot.file, spot.line, spot.line === undefined ? undefined : spot.column]
    .filter((part) => part !== undefined)
    .join(':')
  const head = `${color.cyan(place)}  ${message}`
  if (spot.text === undefined || spot.text.length > MAX_TEXT) return head
  const gutter = spot.line === undefined ? '    | ' : `${String(spot.line).padStart(4)} | `
  const shown = spot.text.replaceAll('\t', ' ')
  if (spot.column === undefined) return `${head}\n${color.dim(gutter)}${shown}`
  const blank = ' '.repeat(gutter.length + stringWidth(shown.slice(0, spot.column - 1)))
  const caret = '^'.repeat(Math.max(1, Math.min(spot.length ?? 1, shown.length - spot.column + 1)))
  return `${head}\n${color.dim(gutter)}${shown}\n${blank}${color.red(caret)}`
}
