/**
 * Names that somebody may have meant.
 */
import { distance } from 'fastest-levenshtein'

const last = (name: string): string => name.slice(name.lastIndexOf('.') + 1)

/** One edit in three letters is near; one is always allowed. */
const allowed = (text: string): number => Math.max(1, Math.floor(text.length * 0.34))

/** One name is part of the other, and neither is so short that this says nothing. */
const isPart = (a: string, b: string): boolean =>
  a.length >= 4 && b.length >= 4 && (a.includes(b) || b.includes(a))

/**
 * The names nearest to a wrong one, nearest first. Near is: few edits, in the whole name or in its last part
 * (`stg_event` for `media.stg_events`), or one being a part of the other.
 * @param most how many at the most
 */
export function nearestNames(wrong: string, names: Iterable<string>, most = 3): readonly string[] {
  const [wrongWhole, wrongLast] = [wrong.toLowerCase(), last(wrong).toLowerCase()]
  return [...new Set(names)]
    .flatMap((name) => {
      const whole = distance(wrongWhole, name.toLowerCase())
      const part = distance(wrongLast, last(name).toLowerCase())
      const isNear =
        whole <= allowed(wrongWhole) ||
        part <= allowed(wrongLast) ||
        isPart(wrongWhole, name.toLowerCase())
      return isNear ? [{ name, edits: Math.min(whole, part) }] : []
    })
    .sort((a, b) => a.edits - b.edits || (a.name < b.name ? -1 : 1))
    .slice(0, most)
    .map(({ name }) => name)
}
