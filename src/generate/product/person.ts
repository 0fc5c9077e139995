import { hexWord } from '../bits.js'
import { hashShare, mixPair, StreamRandom } from '../stream-random.js'
import { parseDay } from '../calendar.js'
import { lastDay } from '../common-options.js'
import { snapshotDays, type ProductOptions } from './options.js'
import { ageGroups, codesByShare, countries, devices, platforms, segments } from './vocabulary.js'

/** The day on which the service opened. */
const opening = parseDay('2021-01-01') ?? 0

/** What a snapshot says of a user, by the codes of the words: country, age group, device, segment, platform. */
export type Attributes = readonly [number, number, number, number, number]

/** Where each attribute is. */
export const attribute = { country: 0, ageGroup: 1, device: 2, segment: 3, platform: 4 } as const

const vocabularies = [countries, ageGroups, devices, segments, platforms]
const shares = vocabularies.map(codesByShare)
const sizes = vocabularies.map(({ length }) => length)

interface Change {
  readonly day: number
  readonly which: number
  readonly code: number
}

/** A user: everything about them follows from their number, so nobody has to be remembered. */
export interface Person {
  readonly number: number
  readonly id: string
  readonly signupDay: number
  /** From this day on they are never seen again. */
  readonly leavesDay: number
  /** Days without the user, the first one included, the last one not: deleted, and back again. */
  readonly goneFrom: number
  readonly goneUntil: number
  readonly attributesAtFirst: Attributes
  readonly changes: readonly Change[]
}

/** The first of these is for users, the second for ids that belong to nobody. */
const idKinds = { user: 0, nobody: 1 } as const

/** An id of 16 hexadecimal digits. Different numbers, and different kinds, give different ids. */
export function personId(
  seed: number,
  number: number,
  kind: keyof typeof idKinds = 'user',
): string {
  const [high, low] = mixPair(idKinds[kind], number, seed ^ 0x5bd1e995)
  return hexWord(high) + hexWord(low)
}

/** Makes the users. */
export class People {
  readonly #options: ProductOptions
  readonly #random = new StreamRandom()
  readonly #lastDay: number
  readonly #snapshots: readonly number[]
  /** Users with smaller numbers signed up before the first day. */
  readonly #earlier: number

  constructor(options: ProductOptions) {
    this.#options = options
    this.#lastDay = lastDay(options)
    this.#snapshots = snapshotDays(options)
    const joining = Math.min(0.5, 0.008 * options.days)
    this.#earlier = Math.ceil(options.users * (1 - joining))
  }

  /** The user with this number, from 0. */
  person(number: number): Person {
    const { seed, firstDay } = this.#options
    const random = this.#random.start(seed ^ 0x1b873593, number, 0)
    const draw = (which: number) => shares[which]?.[random.below(100)] ?? 0
    const attributesAtFirst: Attributes = [draw(0), draw(1), draw(2), draw(3), draw(4)]
    const signupDay = number < this.#earlier ? this.#earlySignup(random) : this.#signup(random)
    const leaves = random.chance([0.05, 0.15, 0.25, 0.4][attributesAtFirst[attribute.segment]] ?? 0)
    const stay = random.next()
    const since = Math.max(signupDay, firstDay)
    return {
      number,
      id: personId(seed, number),
      signupDay,
      leavesDay: leaves ? signupDay + 3 + Math.floor(stay * stay * 400) : Infinity,
      ...this.#absence(signupDay, random),
      attributesAtFirst,
      changes: random.chance(0.15) ? this.#changes(since, attributesAtFirst, random) : [],
    }
  }

  /** Before the first day: more and more of them the nearer it comes. */
  #earlySignup(random: StreamRandom): number {
    const { firstDay } = this.#options
    const span = Math.max(365, firstDay - opening)
    const share = random.next()
    return firstDay - 1 - Math.floor(share * share * span)
  }

  /** On one of the days, of which later ones have more. */
  #signup(random: StreamRandom): number {
    const { firstDay, days } = this.#options
    for (;;) {
      const place = random.below(days)
      if (random.next() * 1.4 < 0.7 + (0.7 * place) / days) return firstDay + place
    }
  }

  /** One in thirty is deleted after they have been in a snapshot; half of these come back. */
  #absence(signupDay: number, random: StreamRandom): Pick<Person, 'goneFrom' | 'goneUntil'> {
    const present = { goneFrom: Infinity, goneUntil: Infinity }
    if (!random.chance(1 / 30)) return present
    const first = this.#snapshots.findIndex((day) => day >= signupDay)
    const last = this.#snapshots.length - 1
    if (first >= last) return present
    const without = random.between(first + 1, last)
    const before = this.#snapshots[without - 1] ?? 0
    const goneFrom = random.between(before + 1, this.#snapshots[without] ?? 0)
    const back = without + random.between(1, 3)
    const returns = random.chance(0.5) ? this.#snapshots[back] : undefined
    return { goneFrom, goneUntil: returns ?? Infinity }
  }

  /** One attribute changes; or changes and changes back; or another one changes too. */
  #changes(since: number, before: Attributes, random: StreamRandom): readonly Change[] {
    const length = this.#lastDay - since
    if (length < 2) return []
    const day = since + 1 + random.below(Math.ceil(length * 0.6))
    const later = Math.min(this.#lastDay, day + 1 + random.below(Math.ceil(length * 0.4)))
    const which = random.below(5)
    const first = { day, which, code: otherCode(which, before, random) }
    const kind = random.next()
    if (kind < 0.6) return [first]
    if (kind < 0.85) return [first, { day: later, which, code: before[which] ?? 0 }]
    const second = (which + 1 + random.below(4)) % 5
    return [first, { day: later, which: second, code: otherCode(second, before, random) }]
  }
}

function otherCode(which: number, before: Attributes, random: StreamRandom): number {
  const size = sizes[which] ?? 1
  return ((before[which] ?? 0) + 1 + random.below(size - 1)) % size
}

/** A user's attributes on a day. */
export function attributesOn({ attributesAtFirst, changes }: Person, day: number): Attributes {
  if (changes.length === 0) return attributesAtFirst
  const attributes: [number, number, number, number, number] = [...attributesAtFirst]
  for (const change of changes) if (change.day <= day) attributes[change.which] = change.code
  return attributes
}

/** Whether a snapshot of a day has the user. */
export function isListed({ signupDay, goneFrom, goneUntil }: Person, day: number): boolean {
  return signupDay <= day && !(goneFrom <= day && day < goneUntil)
}

/** Whether the user has a pause, of two weeks, in which they hardly come. */
export function isPausing(seed: number, { number }: Person, day: number): boolean {
  return hashShare(seed ^ 0x27d4eb2f, number, Math.floor((day + (number % 14)) / 14)) < 0.1
}
