/**
 * Texts that must not be put between the engine's own.
 */
import { spotInText } from '../compile/compiled-spot.js'
import { findUnsound } from '../sql/split-statements.js'
import type { Desk } from './world.js'

/** Notes what would reach beyond the text into the engine's own; such a text must not be sent. */
export function isUnsound(desk: Desk, text: string): boolean {
  const unsound = findUnsound(text)
  if (unsound === null) return false
  const { projectDir } = desk.world
  desk.problems.push({
    kind: 'sql',
    about: desk.key,
    message: unsound.message,
    at: spotInText(projectDir, desk.subject.fileName, text, unsound.offset),
    sqlstate: '42601',
  })
  return true
}
