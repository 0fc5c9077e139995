import { hex, scramble } from '../bits.js'
import { daySeconds } from '../calendar.js'
import { createRandom, type Random } from '../random.js'
import type { Audience, Reader } from './audience.js'
import type { Action, Interaction, Page, Referrer } from './interaction.js'
import type { MediaOptions } from './options.js'
import type { MediaPools } from './pools.js'
import { Reading } from './reading.js'

/** Seconds that the schedule looks ahead: a power of two above the longest pause. */
const horizon = 4096

/** A session that is under way. */
interface Session {
  readonly user: number
  readonly reader: Reader
  readonly sessionId: string | null
  readonly device: string
  referrer: Referrer
  page: Page
  /** The action of the next interaction. */
  action: Action
  /** Interactions still to come, the next one included. */
  left: number
  /** Whether the previous interaction was in the same second. */
  wasInstant: boolean
}

/**
 * All interactions of the simulated days, in the order of time, one by one: a clock runs through the
 * seconds, opens the sessions that are due and lets those under way act. Only sessions that are under
 * way are kept, so memory follows how busy an hour is, never how long the simulation.
 */
export function* simulateTraffic(
  options: MediaOptions,
  audience: Audience,
  pools: MediaPools,
): Generator<Interaction, void, undefined> {
  const random = createRandom(options.seed, 1)
  const reading = new Reading(pools, random)
  const sessions = new SessionOpener(options, audience, reading, random)
  const schedule: Session[][] = Array.from({ length: horizon }, () => [])

  for (let index = 0; index < options.days; index++) {
    const midnight = (options.firstDay + index) * daySeconds
    reading.startDay()
    sessions.startDay(index)
    for (let second = 0; second < daySeconds; second++) {
      const now = midnight + second
      const due = schedule[now % horizon] as Session[]
      for (let next = sessions.open(second); next; next = sessions.open(second)) due.push(next)
      // A session may act twice in a second, so the list can grow while it is read.
      for (let position = 0; position < due.length; position++) {
        const session = due[position] as Session
        const interaction = act(session, now, reading)
        yield interaction
        if (--session.left === 0) {
          sessions.close(session.user)
          continue
        }
        const pause = moveOn(session, interaction, reading)
        ;(schedule[(now + pause) % horizon] as Session[]).push(session)
      }
      if (due.length > 0) due.length = 0
    }
  }
}

/** Opens sessions when they are due; a reader has one at a time. */
class SessionOpener {
  readonly #options: MediaOptions
  readonly #audience: Audience
  readonly #reading: Reading
  readonly #random: Random
  readonly #active = new Set<number>()
  #index = 0
  #planned = 0
  #opened = 0
  #nextSecond = 0
  #serial = 0

  constructor(options: MediaOptions, audience: Audience, reading: Reading, random: Random) {
    this.#options = options
    this.#audience = audience
    this.#reading = reading
    this.#random = random
  }

  /** Plans the day with this number, counted from 0. */
  startDay(index: number): void {
    this.#index = index
    this.#planned = this.#audience.sessions(index, this.#random)
    this.#opened = 0
    this.#planNext()
  }

  /** The next session that starts at this second of the day or before; undefined if none does. */
  open(second: number): Session | undefined {
    while (this.#opened < this.#planned && this.#nextSecond <= second) {
      const user = this.#audience.readerOfSession(
        this.#index,
        this.#opened,
        this.#planned,
        this.#random,
      )
      this.#opened += 1
      this.#planNext()
      // Somebody who is reading already stays in the session that is open.
      if (this.#active.has(user)) continue
      this.#active.add(user)
      return this.#create(user)
    }
    return undefined
  }

  /** Notes that a reader's session is over. */
  close(user: number): void {
    this.#active.delete(user)
  }

  /** One start in each of as many equal shares of the day's traffic: random, yet in order. */
  #planNext(): void {
    if (this.#opened >= this.#planned) return
    const share = (this.#opened + this.#random.next()) / this.#planned
    this.#nextSecond = this.#audience.secondOfShare(this.#index, share)
  }

  #create(user: number): Session {
    const reader = this.#audience.reader(user)
    const page = this.#reading.entryPage(reader.favourite)
    this.#serial += 1
    const serial = scramble(this.#serial ^ scramble(this.#options.seed + 1))
    const sessionId = `session_${hex(serial, 8)}${hex(this.#random.below(256), 2)}`
    const device = this.#random.chance(0.1)
      ? this.#random.pick(['mobile', 'desktop', 'tablet'])
      : reader.device
    return {
      user,
      reader,
      sessionId: reader.keepsSession ? sessionId : null,
      device,
      referrer: this.#reading.entryReferrer(),
      page,
      action: this.#reading.openingAction(page),
      left: this.#reading.sessionLength(),
      wasInstant: false,
    }
  }
}

function act(session: Session, second: number, reading: Reading): Interaction {
  return {
    second,
    user: session.user,
    userId: session.reader.userId,
    sessionId: session.sessionId,
    page: session.page,
    action: session.action,
    device: session.device,
    referrer: session.referrer,
    timeSpent: reading.timeSpent(session.action),
    scrollDepth: reading.scrollDepth(session.action),
  }
}

/** Decides what a session does next. @returns seconds until then */
function moveOn(session: Session, last: Interaction, reading: Reading): number {
  const isInstant = !session.wasInstant && last.page.category !== 'home' && reading.isInstant()
  session.wasInstant = isInstant
  if (!isInstant && reading.turnsPage(last.page)) {
    const page = reading.nextPage(session.reader.favourite)
    session.referrer = { url: last.page.url, class: 'internal' }
    session.page = page
    session.action = reading.openingAction(page)
  } else {
    // Never the same action again: it is all that tells two interactions of one second apart.
    session.action = reading.reaction(last.action)
  }
  return isInstant ? 0 : reading.pause(last.timeSpent)
}
