import { isQuarantined } from '../fates.js'
import { StreamRandom } from '../stream-random.js'
import type { TableFile } from '../table/columns.js'
import { addDayFigure, addDirt, addFigure, emptyAccount, type Account } from '../work/account.js'
import { addDay, visits } from './activity.js'
import { Deliveries } from './deliveries.js'
import { eventKinds, userDayDirt, type EventKind } from './dirt.js'
import { EventBatch, type UserDay } from './event-batch.js'
import { RowSpoiler } from './row-spoiler.js'
import type { ProductOptions } from './options.js'
import { attributesOn, People, type Person } from './person.js'
import { eventTypes, isActiveType, words } from './vocabulary.js'

/** What opens a file. */
type OpenFile = (columns: EventBatch['columns']) => Promise<TableFile>

const typeWords = words(eventTypes)

/** Writes the file of a day: what users did on it, and what of earlier days comes late or once more. */
export class EventsFile {
  readonly #options: ProductOptions
  readonly #day: number
  readonly #random = new StreamRandom()
  readonly #batch: EventBatch
  readonly #deliveries: Deliveries
  readonly #spoiler: RowSpoiler
  readonly #account: Account = emptyAccount()

  constructor(options: ProductOptions, day: number) {
    this.#options = options
    this.#day = day
    this.#batch = new EventBatch(options.seed)
    this.#deliveries = new Deliveries(options)
    this.#spoiler = new RowSpoiler(options, day, this.#batch)
  }

  /** Writes it. @returns what its rows come to */
  async write(open: OpenFile): Promise<Account> {
    const people = new People(this.#options)
    const file = await open(this.#batch.columns)
    for (let number = 0; number < this.#options.users; number++) {
      this.#addPerson(people.person(number))
      if (this.#batch.isFull) await this.#flush(file)
    }
    await this.#flush(file)
    await file.close()
    return this.#account
  }

  async #flush(file: TableFile): Promise<void> {
    await file.write(this.#batch.columns, this.#batch.rows)
    this.#account.rows += this.#batch.rows
    this.#batch.clear()
  }

  #addPerson(person: Person): void {
    const early = this.#deliveries.isEarly(person, this.#day)
    const delivery = early ? undefined : this.#deliveries.of(person, this.#day)
    if (delivery?.kind !== 'late_events') {
      this.#addUserDay(
        person,
        this.#day,
        early ? 'events_before_signup' : undefined,
        delivery !== undefined,
      )
    }
    for (const { day, kind } of this.#deliveries.arriving(person, this.#day)) {
      this.#addUserDay(person, day, kind, true)
    }
  }

  /**
   * Adds a user's day, all of it with one kind of dirt or each row with its own.
   * @param isSpared whether its rows stay as they are
   */
  #addUserDay(
    person: Person,
    day: number,
    kind: keyof typeof userDayDirt | undefined,
    isSpared: boolean,
  ): void {
    const { seed } = this.#options
    const userDay: UserDay = { person, attributes: attributesOn(person, day), day }
    const random = this.#random.start(seed, person.number, day)
    const comes = kind === 'events_before_signup' || visits(random, seed, userDay)
    if (!comes) return
    let active = 0
    addDay(random, this.#batch, userDay, (row, type) => {
      const dirt = kind ?? (isSpared ? undefined : this.#spoiler.spoil(row, userDay))
      if (this.#count(dirt, day, type) && isActiveType[type] === true) active += 1
    })
    if (active > 0) addDayFigure(this.#account, 'active_users_by_date', day)
  }

  /** Counts an event with its dirt. @returns whether it is staged from this file */
  #count(kind: EventKind | undefined, day: number, type: number): boolean {
    const account = this.#account
    if (kind !== undefined) {
      addDirt(account, kind, eventKinds[kind])
      // All rows of a day that is sent again are copies; of a single copy the event itself is there besides.
      if (isQuarantined(eventKinds[kind]) || kind === 'resent_events') return false
    }
    account.staged += 1
    addDayFigure(account, 'events_by_date', day)
    addFigure(account, 'events_by_type', typeWords[type] ?? '')
    return true
  }
}
