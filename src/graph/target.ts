import type { Target } from './types.js'

/** The key of a target, and how people write it: `schema.name`. */
export function targetKey(target: Target): string {
  return `${target.schema}.${target.name}`
}
