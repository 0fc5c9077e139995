/**
 * Names that somebody may have meant.
 */
import { distance } from 'fastest-levenshtein'

const MOST = 3

/**
 * The names nearest to a wrong one, nearest first, three at most. A name is near if it is some three edits
 * per ten letters away, or begins or ends with the wrong one, or the other way round.
 */
export function nearestNames(wrong: string, names: Iterable<string>): readonly string[] {
  const allowed = wrong.length <= 3 ? 1 : Math.max(2, Math.floor(wrong.length * 0.34))
  const scored = [...new Set(names)].flatMap((name) => {
    const edits = distance(wrong.toLowerCase(), name.toLowerCase())
    const contained =
      wrong.length >= 4 && name.length >= 4 && (name.includes(wrong) || wrong.includes(name))
    return edits <= allowed || contained ? [{ name, edits }] : []
  })
  return scored
    .sort((a, b) => a.edits - b.edits || (a.name < b.name ? -1 : 1))
    .slice(0, MOST)
    .map(({ name }) => name)
}
