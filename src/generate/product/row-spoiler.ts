import { hashShare, StreamRandom } from '../stream-random.js'
import { noText } from '../table/columns.js'
import { rowDirtOf, sharingKinds, type RowDirt } from './dirt.js'
import {
  unknownPlatforms,
  unknownTypes,
  variant,
  type EventBatch,
  type UserDay,
} from './event-batch.js'
import type { ProductOptions } from './options.js'
import { personId } from './person.js'
import { eventTypes, platforms } from './vocabulary.js'

/** 2099-01-01, in milliseconds. */
const future = Date.UTC(2099, 0, 1)

/** Puts dirt on single events of a file; the kinds take turns. Its random numbers are its own: the events stay the same. */
export class RowSpoiler {
  readonly #batch: EventBatch
  readonly #kinds: readonly RowDirt[]
  readonly #rate: number
  readonly #seed: number
  readonly #random: StreamRandom
  #turn: number

  constructor(options: ProductOptions, day: number, batch: EventBatch) {
    this.#batch = batch
    this.#seed = options.seed
    this.#kinds = rowDirtOf(options.format)
    const { length } = this.#kinds
    this.#rate = (options.dirt * length) / sharingKinds(options.format)
    this.#random = new StreamRandom().start(options.seed ^ 0x3c6ef372, day, 0)
    this.#turn = Math.floor(hashShare(options.seed, day, 1) * length)
  }

  /** Perhaps spoils the row that was added last. @returns how */
  spoil(row: number, userDay: UserDay): RowDirt | undefined {
    if (!this.#random.chance(this.#rate)) return undefined
    const kind = this.#kinds[this.#turn++ % this.#kinds.length]
    if (kind !== undefined) this.#apply(kind, row, userDay)
    return kind
  }

  #apply(kind: RowDirt, row: number, { person }: UserDay): void {
    const { eventId, userId, eventType, platform, timestamp, country, device, sessionId } =
      this.#batch
    const type = eventType.codes[row] ?? 0
    const place = platform.codes[row] ?? 0
    switch (kind) {
      case 'null_event_id':
        eventId.isNull[row] = 1
        return
      case 'null_user_id':
        userId.codes[row] = noText
        return
      case 'null_event_type':
        eventType.codes[row] = noText
        return
      case 'null_timestamp':
        timestamp.milliseconds[row] = Number.NaN
        return
      case 'unknown_event_type':
        eventType.codes[row] =
          variant.unknown * eventTypes.length + this.#random.below(unknownTypes.length)
        return
      case 'unknown_platform':
        platform.codes[row] =
          variant.unknown * platforms.length + this.#random.below(unknownPlatforms.length)
        return
      case 'unknown_user':
        userId.codes[row] = userId.add(personId(this.#seed, person.number, 'nobody'))
        return
      case 'future_timestamp':
        timestamp.milliseconds[row] = future + ((timestamp.milliseconds[row] ?? 0) % 86_400_000)
        return
      case 'unparsable_timestamp':
        timestamp.words.set(row, this.#random.pick(['not a time', '2026-02-30T10:00:00Z']))
        return
      case 'upper_case_event_type':
        eventType.codes[row] = variant.upperCase * eventTypes.length + type
        return
      case 'padded_event_type':
        eventType.codes[row] = variant.padded * eventTypes.length + type
        return
      case 'upper_case_platform':
        platform.codes[row] = variant.upperCase * platforms.length + place
        return
      case 'padded_platform':
        platform.codes[row] = variant.padded * platforms.length + place
        return
      case 'null_country':
        country.codes[row] = noText
        return
      case 'null_device_type':
        device.codes[row] = noText
        return
      case 'null_session_id':
        sessionId.codes[row] = noText
        return
      case 'identical_event':
        this.#batch.repeat(row)
        return
      case 'conflicting_event': {
        const copy = this.#batch.repeat(row)
        eventType.codes[copy] = (type + 1 + this.#random.below(8)) % (eventTypes.length - 1)
        platform.codes[copy] = (place + 1) % platforms.length
      }
    }
  }
}
