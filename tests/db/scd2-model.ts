/** What `includes/scd2.js` is to give, said once more in plain TypeScript, without any SQL. */

/** The attributes of a thing in an extract; `unusable`: it is there, and nothing is known of it. */
export type State = string
export const unusable: State = 'unusable'

/** A load: one full extract as it was sent. */
export interface Extract {
  readonly day: number
  readonly things: Readonly<Record<string, State>>
}

/** A version, in the order in which the tests read them. */
export interface Version {
  readonly key: string
  readonly value: string
  readonly valid_from: number
  readonly valid_to: number | null
  readonly is_current: boolean
  readonly is_deleted: boolean
  readonly deleted_at: number | null
}

/** The extracts that count, by day: of each day the newest load, without those that are much too small. */
export function counting(loads: readonly Extract[], minShare: number): readonly Extract[] {
  const newest = new Map<number, Extract>()
  for (const load of loads) if (Object.keys(load.things).length > 0) newest.set(load.day, load)
  const accepted: Extract[] = []
  for (const extract of [...newest.values()].sort((a, b) => a.day - b.day)) {
    const before = accepted.at(-1)
    if (before === undefined || size(extract) >= minShare * size(before)) accepted.push(extract)
  }
  return accepted
}

const size = (extract: Extract) => Object.keys(extract.things).length

/** The versions of all things, walking from extract to extract. */
export function versionsOf(extracts: readonly Extract[]): readonly Version[] {
  const keys = new Set(extracts.flatMap((extract) => Object.keys(extract.things)))
  return [...keys].sort().flatMap((key) => {
    const found: Version[] = []
    let open: Version | null = null
    const close = (day: number, isGone: boolean) => {
      if (open !== null)
        found.push({ ...open, valid_to: day, is_current: false, deleted_at: isGone ? day : null })
      open = null
    }
    for (const { day, things } of extracts) {
      const state = things[key]
      if (state === undefined) close(day, true)
      else if (state !== unusable && state !== valueOf(open)) {
        close(day, false)
        open = {
          key,
          value: state,
          valid_from: day,
          valid_to: null,
          is_current: true,
          is_deleted: false,
          deleted_at: null,
        }
      }
    }
    if (open !== null) return [...found, open]
    return found.map((version, place) => ({ ...version, is_deleted: place === found.length - 1 }))
  })
}

const valueOf = (version: Version | null) => version?.value
