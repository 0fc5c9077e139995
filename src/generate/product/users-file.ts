import { lastDay } from '../common-options.js'
import { isQuarantined } from '../fates.js'
import { hashShare, StreamRandom } from '../stream-random.js'
import {
  DateColumn,
  IdColumn,
  noDay,
  TextColumn,
  type Column,
  type TableFile,
} from '../table/columns.js'
import { addDirt, addFigure, emptyAccount, type Account } from '../work/account.js'
import { userDirt, type UserDirt } from './dirt.js'
import { batchRows } from './event-batch.js'
import { snapshotDays, type ProductOptions } from './options.js'
import {
  attribute,
  attributesOn,
  isListed,
  People,
  type Attributes,
  type Person,
} from './person.js'
import { ageGroups, countries, devices, platforms, segments, words } from './vocabulary.js'

/** A user and the copy of them that may stand beside them. */
const spare = 2

const names = words(countries)
const deviceNames = words(devices)
const dirtNames = Object.keys(userDirt) as readonly UserDirt[]

/** Writes a snapshot: a row for every user of its day. */
export class UsersFile {
  readonly #options: ProductOptions
  readonly #day: number
  /** The day of the snapshot before. */
  readonly #dayBefore: number | undefined
  readonly #random: StreamRandom
  readonly #account: Account = emptyAccount()
  readonly #userId = new IdColumn('user_id', batchRows + spare, 16)
  readonly #country = new TextColumn('country', batchRows + spare, [
    ...names,
    ...names.map((name) => ` ${name} `),
  ])
  readonly #ageGroup = new TextColumn('age_group', batchRows + spare, words(ageGroups))
  readonly #device = new TextColumn('device_type', batchRows + spare, [
    ...deviceNames,
    ...deviceNames.map((name) => name.toUpperCase()),
  ])
  readonly #segment = new TextColumn('user_segment', batchRows + spare, words(segments))
  readonly #signup = new DateColumn('signup_date', batchRows + spare)
  readonly #platform = new TextColumn('primary_platform', batchRows + spare, [
    ...words(platforms),
    'myspace',
  ])
  readonly #columns: readonly Column[] = [
    ...[this.#userId, this.#country, this.#ageGroup, this.#device, this.#segment, this.#signup],
    this.#platform,
  ]
  #rows = 0
  #turn: number

  /** @param index which of the snapshots it is, from 0 */
  constructor(options: ProductOptions, index: number) {
    const days = snapshotDays(options)
    this.#options = options
    this.#day = days[index] ?? 0
    this.#dayBefore = days[index - 1]
    this.#random = new StreamRandom().start(options.seed ^ 0x510e527f, this.#day, 0)
    this.#turn = Math.floor(hashShare(options.seed, this.#day, 2) * dirtNames.length)
  }

  /** Writes it. @returns what its rows come to */
  async write(open: (columns: readonly Column[]) => Promise<TableFile>): Promise<Account> {
    const people = new People(this.#options)
    const file = await open(this.#columns)
    for (let number = 0; number < this.#options.users; number++) {
      const person = people.person(number)
      this.#countVersion(person)
      if (isListed(person, this.#day)) this.#addPerson(person)
      if (this.#rows >= batchRows) await this.#flush(file)
    }
    await this.#flush(file)
    await file.close()
    return this.#account
  }

  async #flush(file: TableFile): Promise<void> {
    await file.write(this.#columns, this.#rows)
    this.#account.rows += this.#rows
    this.#rows = 0
  }

  #addPerson(person: Person): void {
    const attributes = attributesOn(person, this.#day)
    const row = this.#addRow(person, attributes)
    const kind = this.#dirtOf(person, attributes)
    if (kind !== undefined) {
      this.#spoil(kind, row, person, attributes)
      addDirt(this.#account, kind, userDirt[kind])
      // A row without an id stands beside the user's own.
      if (isQuarantined(userDirt[kind]) && kind !== 'null_user_id') return
    }
    this.#account.staged += 1
  }

  #addRow({ id, signupDay }: Person, attributes: Attributes): number {
    const row = this.#rows++
    for (let at = 0; at < id.length; at++) this.#userId.bytes[row * 16 + at] = id.charCodeAt(at)
    this.#userId.isNull[row] = 0
    this.#country.codes[row] = attributes[attribute.country]
    this.#ageGroup.codes[row] = attributes[attribute.ageGroup]
    this.#device.codes[row] = attributes[attribute.device]
    this.#segment.codes[row] = attributes[attribute.segment]
    this.#platform.codes[row] = attributes[attribute.platform]
    this.#signup.days[row] = signupDay
    return row
  }

  /** What makes a row unusable is only put where the row before it says the same, so that no history is lost by it. */
  #dirtOf(person: Person, attributes: Attributes): UserDirt | undefined {
    if (!this.#random.chance(this.#options.dirt)) return undefined
    const kind = dirtNames[this.#turn++ % dirtNames.length]
    if (kind === undefined || !isQuarantined(userDirt[kind]) || kind === 'null_user_id') return kind
    return this.#isUnchanged(person, attributes) ? kind : undefined
  }

  #isUnchanged(person: Person, attributes: Attributes): boolean {
    if (this.#dayBefore === undefined || !isListed(person, this.#dayBefore)) return false
    const before = attributesOn(person, this.#dayBefore)
    return attributes.every((code, which) => code === before[which])
  }

  #spoil(kind: UserDirt, row: number, person: Person, attributes: Attributes): void {
    switch (kind) {
      case 'null_user_id':
        this.#userId.isNull[this.#addRow(person, attributes)] = 1
        return
      case 'identical_user':
        this.#addRow(person, attributes)
        return
      case 'null_signup_date':
        this.#signup.days[row] = noDay
        return
      case 'unknown_platform':
        this.#platform.codes[row] = platforms.length
        return
      case 'upper_case_device':
        this.#device.codes[row] = deviceNames.length + attributes[attribute.device]
        return
      case 'padded_country':
        this.#country.codes[row] = names.length + attributes[attribute.country]
    }
  }

  /** A version begins when the user was not there before, or was otherwise. */
  #countVersion(person: Person): void {
    const isThere = isListed(person, this.#day)
    if (isThere && !this.#isUnchanged(person, attributesOn(person, this.#day))) {
      addFigure(this.#account, 'users', 'versions')
    }
    if (this.#day === lastDay(this.#options)) {
      addFigure(this.#account, 'users', isThere ? 'current' : 'deleted')
    }
  }
}
