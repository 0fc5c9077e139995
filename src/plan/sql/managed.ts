/**
 * Indexes and foreign keys that the engine has made carry a comment that says so, with a hash of their declaration: so
 * it is known which ones are somebody else's, and which ones no longer are as the config wants them.
 */
import { createHash } from 'node:crypto'
import type { ForeignKeyOption, IndexOption } from '../options.js'

const PREFIX = 'Made by dataform from the config of the model'
const MARK = new RegExp(`^${PREFIX} \\(([0-9a-f]{8})\\)$`)

/** The comment of what is made from a declaration. */
export function managedComment(definition: IndexOption | ForeignKeyOption): string {
  const hash = createHash('md5').update(JSON.stringify(definition)).digest('hex').slice(0, 8)
  return `${PREFIX} (${hash})`
}

/** True for the comment of something that the engine has made. */
export function isManaged(comment: string | null): boolean {
  return comment !== null && MARK.test(comment)
}

/** An SQL condition: the comment is one of something that the engine has made. */
export function isManagedSql(comment: string): string {
  return `coalesce(${comment} ~ '${MARK.source.replaceAll('\\', '\\')}', false)`
}
