import { daySeconds } from '../calendar.js'
import type { Audience } from './audience.js'
import { sharingKinds } from './dirt-kinds.js'
import type { MediaOptions } from './options.js'
import { meanSessionLength } from './reading.js'

/** Rows of the largest file that is sent twice. */
const longestResend = 2000

/** Fewest rows that make a file worth sending twice. */
const shortestResend = 5

/** Fewest rows on average without the column that vanishes, so that there are some in the end. */
const shortestTail = 12

/** The dirt of whole files, planned before the first row is written. */
export interface DirtPlan {
  /** Whether there is room for dirt of whole files. */
  readonly hasFileDirt: boolean
  /** From this second on `scroll_depth` is absent; `Infinity` if it never vanishes. */
  readonly vanishesAt: number
  /** Rows that are sent twice, for each row that is written. */
  readonly resendRate: number
  /** Rows of a file that is sent twice. */
  readonly resendLength: number
}

/** Plans the dirt of whole files from the rows that the traffic has on average. */
export function planDirt(options: MediaOptions, audience: Audience): DirtPlan {
  let expected = 0
  for (let index = 0; index < options.days; index++) {
    expected += audience.expectedSessions(index) * meanSessionLength
  }
  const share = options.dirt / sharingKinds
  // Below one piece a kind there is no room for a whole file of one.
  const budget = share * expected
  const hasFileDirt = budget >= 1
  return {
    hasFileDirt,
    vanishesAt: hasFileDirt
      ? tailStart(options, audience, Math.max(shortestTail, budget))
      : Infinity,
    resendRate: hasFileDirt ? Math.max(share, shortestResend / expected) : 0,
    resendLength: Math.max(shortestResend, Math.min(longestResend, Math.round(budget / 2))),
  }
}

/** The second from which on the last days have so many rows on average. */
function tailStart(options: MediaOptions, audience: Audience, rows: number): number {
  let found = 0
  for (let index = options.days - 1; index >= 0; index--) {
    const dayRows = audience.expectedSessions(index) * meanSessionLength
    const shares = audience.hourShares(index)
    for (let hour = 23; hour >= 0; hour--) {
      const hourRows = dayRows * (shares[hour] ?? 0)
      found += hourRows
      if (found < rows) continue
      const spared = Math.floor(((found - rows) / hourRows) * 3600)
      return (options.firstDay + index) * daySeconds + hour * 3600 + spared
    }
  }
  return options.firstDay * daySeconds
}
