import { hexWord } from '../bits.js'
import { mixPair } from '../stream-random.js'
import { IdColumn, InstantColumn, TextColumn, type Column } from '../table/columns.js'
import { attribute, type Attributes, type Person } from './person.js'
import { countries, devices, eventTypes, platforms, words } from './vocabulary.js'

/** Rows after which a batch is written; a user's day fits in besides. */
export const batchRows = 1 << 16
const spare = 1024

/** After how many times as many words as are proper each kind of improper ones begins. */
export const variant = { upperCase: 1, padded: 2, unknown: 3 } as const

/** Words as they arrive when somebody was careless: after the proper ones, and in the same order. */
const withVariants = (proper: readonly string[], unknown: readonly string[]) => [
  ...proper,
  ...proper.map((word) => word.toUpperCase()),
  ...proper.map((word) => ` ${word} `),
  ...unknown,
]

/** Words that no catalogue has. */
export const unknownTypes = ['poke', 'teleport'] as const
export const unknownPlatforms = ['myspace', 'orkut'] as const

/** A user's day whose events are being added. */
export interface UserDay {
  readonly person: Person
  readonly attributes: Attributes
  readonly day: number
}

/** Events of a file that wait to be written, and the ids that they need. */
export class EventBatch {
  readonly eventId = new IdColumn('event_id', batchRows + spare, 32)
  readonly userId = new TextColumn('user_id', batchRows + spare)
  readonly eventType = new TextColumn(
    'event_type',
    batchRows + spare,
    withVariants(words(eventTypes), unknownTypes),
  )
  readonly platform = new TextColumn(
    'platform',
    batchRows + spare,
    withVariants(words(platforms), unknownPlatforms),
  )
  readonly timestamp = new InstantColumn('event_timestamp', batchRows + spare)
  readonly country = new TextColumn('country', batchRows + spare, words(countries))
  readonly device = new TextColumn('device_type', batchRows + spare, words(devices))
  readonly sessionId = new TextColumn('session_id', batchRows + spare)
  readonly columns: readonly Column[] = [
    ...[this.eventId, this.userId, this.eventType, this.platform, this.timestamp],
    ...[this.country, this.device, this.sessionId],
  ]
  rows = 0
  readonly #seed: number
  #user = 0
  #session = 0
  #sessionHour = -1

  constructor(seed: number) {
    this.#seed = seed
  }

  get isFull(): boolean {
    return this.rows >= batchRows
  }

  /** Empties the batch after it has been written. */
  clear(): void {
    this.rows = 0
    this.userId.values.length = 0
    this.sessionId.values.length = 0
    this.timestamp.words.clear()
  }

  /** Begins a user's day: the next events are of it. */
  startUserDay({ person }: UserDay): void {
    this.#user = this.userId.add(person.id)
    this.#sessionHour = -1
  }

  /**
   * Adds an event of the user's day. @param place which of the user's day it is, from 0
   * @returns its row
   */
  add(userDay: UserDay, place: number, second: number, type: number, platform: number): number {
    const { person, attributes, day } = userDay
    const row = this.rows++
    this.#setId(row, person.number, day * 4096 + place)
    this.userId.codes[row] = this.#user
    this.eventType.codes[row] = type
    this.platform.codes[row] = platform
    this.timestamp.milliseconds[row] = (day * 86_400 + second) * 1000
    this.country.codes[row] = attributes[attribute.country]
    this.device.codes[row] = attributes[attribute.device]
    this.sessionId.codes[row] = this.#sessionOf(person.number, day * 24 + Math.floor(second / 3600))
    return row
  }

  /** Adds a row that is the same as another. @returns its row */
  repeat(from: number): number {
    const row = this.rows++
    this.eventId.copy(from, row)
    for (const column of this.columns) {
      if (column.kind === 'text') column.codes[row] = column.codes[from] ?? 0
    }
    this.timestamp.milliseconds[row] = this.timestamp.milliseconds[from] ?? 0
    return row
  }

  /** 128 bits, the first half of which no other event has. */
  #setId(row: number, user: number, dayAndPlace: number): void {
    const [high, low] = mixPair(user, dayAndPlace, this.#seed ^ 0x38b34ae5)
    const more = mixPair(high, low, 0x2c1b3c6d)
    this.eventId.isNull[row] = 0
    this.eventId.setWord(row, 0, high)
    this.eventId.setWord(row, 1, low)
    this.eventId.setWord(row, 2, more[0])
    this.eventId.setWord(row, 3, more[1])
  }

  /** A session is what a user does in an hour of a day. */
  #sessionOf(user: number, hour: number): number {
    if (hour === this.#sessionHour) return this.#session
    const [high, low] = mixPair(user, hour, this.#seed ^ 0x61c88647)
    this.#sessionHour = hour
    this.#session = this.sessionId.add(hexWord(high) + hexWord(low))
    return this.#session
  }
}
