/**
 * Names that the engine makes. Deterministic, and never longer than PostgreSQL keeps.
 */
import { createHash } from 'node:crypto'
import type { Target } from '../graph/types.js'
import { MAX_IDENTIFIER_BYTES } from '../sql/identifiers.js'

/**
 * A name that fits: `text` itself if it does, else its beginning with a hash of the whole, so that two
 * long names never become one.
 * @param maxBytes what there is room for; less than 63 where something follows the name
 */
export function fitIdentifier(text: string, maxBytes = MAX_IDENTIFIER_BYTES): string {
  if (Buffer.byteLength(text) <= maxBytes) return text
  const hash = createHash('md5').update(text).digest('hex').slice(0, 8)
  let head = text
  while (Buffer.byteLength(head) > maxBytes - hash.length - 1) head = head.slice(0, -1)
  return `${head}_${hash}`
}

/** The table that is built beside the target, in the same schema, and takes its place. */
export function shadowOf(target: Target): Target {
  const hash = createHash('md5').update(target.name).digest('hex').slice(0, 12)
  return { schema: target.schema, name: `dataform_shadow_${hash}` }
}

/** The temporary table that holds the rows of an incremental query, or those of a partitioned build. */
export const DELTA = 'dataform_delta'

/** An index's name, as PostgreSQL itself would form it: table, columns, `idx` or `key`. */
export function indexName(table: string, parts: readonly string[], isUnique: boolean): string {
  const middle = parts.map((part) => part.replace(/[^A-Za-z0-9_]+/g, '_').replace(/^_|_$/g, ''))
  return fitIdentifier([table, ...middle, isUnique ? 'key' : 'idx'].join('_'))
}
