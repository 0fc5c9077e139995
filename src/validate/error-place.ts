/**
 * Where in the project the error of a statement is.
 */
import { compiledSpot, spotInText } from '../compile/compiled-spot.js'
import { findInSource, quotedName } from '../compile/find-in-source.js'
import type { SourceSpot } from '../failure/types.js'
import type { DatabaseError } from '../postgres/errors.js'
import { tokensOf } from '../sql/tokens.js'
import { offsetInText } from './checked-statement.js'
import type { CheckedStatement } from './checked-statement.js'
import { findInIncludes } from './include-place.js'
import type { Circumstances } from './judge.js'
import type { Finding } from './types.js'

/** A statement that failed. */
export interface Failure {
  readonly statement: CheckedStatement
  readonly error: DatabaseError
  /** In characters of the statement. */
  readonly offset: number | undefined
}

/** The place, and in `detail` the line of the compiled text where the file does not have it. */
export function placeOf(
  failure: Failure,
  given: Pick<Circumstances, 'projectDir' | 'fileName' | 'otherwise' | 'isPieced'>,
): Pick<Finding, 'at' | 'detail'> {
  const { statement, offset } = failure
  const { projectDir, fileName, otherwise = { file: fileName } } = given
  if (statement.user === undefined || offset === undefined) return { at: otherwise }
  const at = offsetInText(statement.user, offset)
  const { whole } = statement.user
  const spot = spotInText(projectDir, fileName, whole, at)
  const compiled = compiledSpot(fileName, whole, at)
  const names = namesAt(failure)
  const there = textAt(spot)
  const word = (names?.[0] ?? whole.charAt(at)).toLowerCase()
  if (there.replaceAll('"', '').toLowerCase().startsWith(word)) return { at: spot }
  const included = findInIncludes(projectDir, compiled)
  if (included !== undefined) return { at: included }
  if (there.startsWith('${')) return { at: spot }
  if (given.isPieced === true) return { at: compiled }
  // A function has made the text of a block; or core has, of the config, which has the name in quotes.
  const name = names?.at(-1)
  const { block } = statement
  const found = findInSource(projectDir, fileName, [
    ...(block === undefined ? [] : [new RegExp(`\\b${block}(?=\\s*\\{)`)]),
    ...(name === undefined ? [] : [quotedName(name)]),
  ])
  if (found.line === undefined) return { at: compiled }
  const isBlock = block !== undefined && found.length === block.length
  return isBlock ? { at: found, detail: `compiled: ${compiled.text?.trim() ?? ''}` } : { at: found }
}

// What a function has made may be taken for another text that is alike: a place counts if it has the word in question,
// or if it is an interpolation.
const textAt = ({ line, column = 1, text = '' }: SourceSpot): string =>
  line === undefined ? '' : text.slice(column - 1)

/** The words of the name that the error points to: `a.b` gives both. */
export function namesAt({ statement: { user }, offset }: Failure): readonly string[] | undefined {
  if (user === undefined || offset === undefined) return undefined
  const at = offsetInText(user, offset)
  const names: string[] = []
  for (const { kind, start, end } of tokensOf(user.whole)) {
    if (end <= at) continue
    const text = user.whole.slice(start, end)
    if (kind === 'name') names.push(text.replaceAll('"', '').toLowerCase())
    else if (text !== '.') break
  }
  return names
}
