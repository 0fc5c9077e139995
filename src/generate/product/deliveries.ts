import { lastDay } from '../common-options.js'
import { hashShare } from '../stream-random.js'
import { sharingKinds } from './dirt.js'
import type { ProductOptions } from './options.js'
import type { Person } from './person.js'

/** How a user's day reaches the warehouse, if not with the others of that day. */
interface Delivery {
  readonly kind: 'late_events' | 'resent_events'
  /** In the file of how many days later. */
  readonly lag: number
}

/** Events that come late, come after three days at least; this many different lags there are. */
const shortestLag = 3
const lags = 3

/** Days before signing up on which some are seen. */
const earliest = 3

/** Decides which users' days come late, come twice, or were before the user signed up: by a hash, so that any file knows. */
export class Deliveries {
  readonly #seed: number
  readonly #lastDay: number
  readonly #firstDay: number
  readonly #share: number

  constructor(options: ProductOptions) {
    this.#seed = options.seed
    this.#firstDay = options.firstDay
    this.#lastDay = lastDay(options)
    this.#share = options.dirt / sharingKinds(options.format)
  }

  /** How what the user does on a day is delivered; undefined if with the day's file, and only then. */
  of({ number }: Person, day: number): Delivery | undefined {
    const place = hashShare(this.#seed ^ 0x165667b1, number, day)
    if (place >= 2 * this.#share) return undefined
    const lag = shortestLag + Math.floor(hashShare(this.#seed ^ 0x4f1bbcdc, number, day) * lags)
    if (day + lag > this.#lastDay) return undefined
    return { kind: place < this.#share ? 'late_events' : 'resent_events', lag }
  }

  /** Earlier days of the user that come with the file of a day. */
  arriving(person: Person, day: number): readonly (Delivery & { readonly day: number })[] {
    if (this.#share === 0) return []
    const arriving: (Delivery & { readonly day: number })[] = []
    for (let lag = shortestLag; lag < shortestLag + lags; lag++) {
      if (day - lag < this.#firstDay) break
      const delivery = this.of(person, day - lag)
      if (delivery?.lag === lag) arriving.push({ ...delivery, day: day - lag })
    }
    return arriving
  }

  /** Whether the user is seen on a day although they sign up later. */
  isEarly({ number, signupDay }: Person, day: number): boolean {
    const ahead = signupDay - day
    if (ahead < 1 || ahead > earliest) return false
    // There are few new users: many of them, so that the events are as many as those of other kinds.
    return hashShare(this.#seed ^ 0x7feb352d, number, day) < Math.min(0.8, 20 * this.#share)
  }
}
