import { distance } from 'fastest-levenshtein'

/**
 * The names that are most like a wrong one, best first: few edits, or the same last part
 * (`stg_events` for `media.stg_events`). Names that are nothing like it are left out.
 * @param most how many at the most
 */
export function nearestNames(wrong: string, names: readonly string[], most = 3): readonly string[] {
  const last = (name: string): string => name.slice(name.lastIndexOf('.') + 1).toLowerCase()
  const limit = Math.max(2, Math.floor(last(wrong).length / 3))
  return [...new Set(names)]
    .map((name) => ({
      name,
      edits: Math.min(
        distance(last(wrong), last(name)),
        distance(wrong.toLowerCase(), name.toLowerCase()),
      ),
    }))
    .filter(({ edits }) => edits <= limit)
    .sort((a, b) => a.edits - b.edits || (a.name < b.name ? -1 : 1))
    .slice(0, most)
    .map(({ name }) => name)
}
