import { hex, scramble } from '../bits.js'
import { daySeconds, weekday } from '../calendar.js'
import type { Random } from '../random.js'
import { categories, type PageCategory } from './interaction.js'
import type { MediaOptions } from './options.js'

/** Sessions that an average reader starts on an average day. */
const sessionsPerUserDay = 0.14

/** Share of the readers who were there before the first simulated day. */
const foundingShare = 0.35

/** How busy a day is, Monday to Sunday. */
const weekdayFactors = [1.08, 1.12, 1.1, 1.06, 0.98, 0.78, 0.88] as const

/** How busy an hour is, UTC, on working days and at weekends. */
const workdayHours = [
  3, 2, 1, 1, 2, 5, 12, 22, 28, 24, 20, 20, 26, 22, 18, 18, 20, 24, 28, 32, 34, 28, 16, 8,
]
const weekendHours = [
  6, 4, 3, 2, 2, 3, 6, 10, 18, 26, 30, 28, 26, 24, 22, 20, 20, 22, 24, 28, 30, 28, 20, 12,
]

/** What never changes about a reader. It follows from the reader's number, so that none need be kept. */
export interface Reader {
  readonly userId: string
  readonly device: string
  /** The section that this reader likes best. */
  readonly favourite: PageCategory
  /** False where the browser keeps no session. */
  readonly keepsSession: boolean
}

/** The readers: who there is on a day, how many sessions they start, and when. */
export class Audience {
  readonly #options: MediaOptions
  readonly #founders: number
  readonly #salt: number

  constructor(options: MediaOptions) {
    this.#options = options
    this.#founders = Math.ceil(options.users * foundingShare)
    this.#salt = scramble(options.seed)
  }

  /** How many readers know the site by the end of a day; `index` counts the days from 0. */
  joinedBy(index: number): number {
    const { users, days } = this.#options
    return this.#founders + Math.floor(((users - this.#founders) * (index + 1)) / days)
  }

  /** How many sessions a day has on average. */
  expectedSessions(index: number): number {
    const factor = weekdayFactors[weekday(this.#options.firstDay + index)] ?? 1
    return Math.max(1, this.joinedBy(index) * sessionsPerUserDay * factor)
  }

  /** How many sessions a day has this time; at least one. */
  sessions(index: number, random: Random): number {
    const noise = 0.88 + random.next() * 0.24
    return Math.max(1, Math.floor(this.expectedSessions(index) * noise + random.next()))
  }

  /** Share of a day's sessions that start in each hour; adds up to 1. */
  hourShares(index: number): readonly number[] {
    const weights = weekday(this.#options.firstDay + index) < 5 ? workdayHours : weekendHours
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    return weights.map((weight) => weight / total)
  }

  /**
   * The second of the day by which a share of the day's sessions has started.
   * @param share 0 to 1; later shares give later seconds
   */
  secondOfShare(index: number, share: number): number {
    let rest = share
    for (const [hour, part] of this.hourShares(index).entries()) {
      if (rest < part) return Math.floor((hour + rest / part) * 3600)
      rest -= part
    }
    return daySeconds - 1
  }

  /**
   * The reader who starts a day's n-th session: all newcomers of the day get one if there are
   * enough; the others are mostly regulars, some of the last week's newcomers, some anybody.
   */
  readerOfSession(index: number, session: number, sessions: number, random: Random): number {
    const known = index === 0 ? this.#founders : this.joinedBy(index - 1)
    const joined = this.joinedBy(index)
    const newcomers = Math.min(joined - known, sessions)
    const arrivedBefore = Math.floor((session * newcomers) / sessions)
    const arrivedNow = Math.floor(((session + 1) * newcomers) / sessions)
    if (arrivedNow > arrivedBefore) return known + arrivedBefore
    const roll = random.next()
    const skewed = random.next() * random.next()
    if (roll < 0.55) return Math.floor(known * skewed)
    if (roll < 0.8) {
      const recent = Math.max(1, known - (index > 7 ? this.joinedBy(index - 8) : 0))
      return known - 1 - Math.floor(recent * skewed)
    }
    return random.below(known)
  }

  /** What a reader's number says about the reader. */
  reader(user: number): Reader {
    const traits = scramble(user ^ this.#salt ^ 0x5bd1e995)
    const device = traits % 100
    return {
      userId: `user_${hex(scramble(user ^ this.#salt), 8)}`,
      device: device < 54 ? 'mobile' : device < 92 ? 'desktop' : 'tablet',
      favourite: categories[(traits >>> 8) % categories.length] ?? 'home',
      keepsSession: (traits >>> 16) % 100 >= 12,
    }
  }
}
