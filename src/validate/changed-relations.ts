/**
 * What a statement changes.
 */
import { isName, nameOf, wordsOf } from './words.js'
import type { Word } from './words.js'

// `for update`, `do update set` and `matched then update set` name no table.
const NO_CHANGE_BEFORE = new Set(['for', 'key', 'do', 'then'])

// `update only schema.name as alias set` at the longest; a column may be called update too.
const setsBehind = (words: readonly Word[], i: number): boolean =>
  words.slice(i + 2, i + 9).some(({ word }) => word === 'set')

/** The places where a statement says what it changes: behind `insert into`, `update` and the like. */
function changesIn(words: readonly Word[]): readonly number[] {
  return words.flatMap(({ word }, i) => {
    const next = words[i + 1]?.word
    const isChange =
      ((word === 'insert' || word === 'merge') && next === 'into') ||
      (word === 'delete' && next === 'from') ||
      (word === 'update' && !NO_CHANGE_BEFORE.has(words[i - 1]?.word ?? '') && setsBehind(words, i))
    if (!isChange) return []
    const at = word === 'update' ? i + 1 : i + 2
    return [words[at]?.word === 'only' ? at + 1 : at]
  })
}

/** True for a query that changes data in its WITH. */
export function changesData(sql: string): boolean {
  return changesIn(wordsOf(sql)).length > 0
}

/** The names without a schema of what a statement changes: `x` of `insert into x`, `update x` and the like. */
export function changedWithoutSchema(sql: string): readonly string[] {
  const words = wordsOf(sql)
  return changesIn(words).flatMap((at) => {
    const name = words[at]
    return name === undefined || !isName(name) || words[at + 1]?.text === '.' ? [] : [nameOf(name)]
  })
}
