/**
 * Making steps.
 */
import type { SqlStep } from './types.js'

type Rest = Omit<SqlStep, 'kind' | 'label' | 'sql' | 'statements'>

/** A step of the engine's own statements; empty ones are left out. */
export function sqlStep(label: string, statements: readonly string[], rest: Rest = {}): SqlStep {
  const texts = statements.map((text) => text.trim()).filter((text) => text !== '')
  const sql = texts.map((text) => (text.endsWith(';') ? text : `${text};`)).join('\n')
  return { kind: 'sql', label, sql, statements: texts.length, ...rest }
}
