import { bitSet, setBit } from '../bits.js'
import { isQuarantined } from '../fates.js'
import { OutputFile } from '../output-file.js'
import { hashShare, StreamRandom } from '../stream-random.js'
import { addDayFigure, addDirt, addFigure, emptyAccount, type Account } from '../work/account.js'
import { Contracts, type Contract } from './contracts.js'
import {
  filesWithTruncation,
  rowDirtNames,
  shareOfKind,
  tvKinds,
  type RowDirt,
  type TvKind,
} from './dirt.js'
import { logLine, spoiledLine } from './log-line.js'
import { loggedDays } from './logged-days.js'
import type { TvOptions } from './options.js'
import { viewsOf, type View } from './viewing.js'
import { apps } from './vocabulary.js'

/** Rows come again in a file of one to so many days later. */
const longestLag = 3

/** Writes the log of a day: what was watched on it, and a few rows of earlier days once more. */
export class LogFile {
  readonly account: Account = emptyAccount()
  /** A bit for each contract with a proper name that has a staged row in this file. */
  readonly seen: Uint8Array
  readonly #options: TvOptions
  readonly #day: number
  readonly #random = new StreamRandom()
  /** Of the dirt of rows: what is watched does not depend on it. */
  readonly #dirt: StreamRandom
  readonly #share: number
  readonly #logged: ReadonlySet<number>
  #turn: number
  /** The line of the file's first row, from which a truncated one is made. */
  #sample = ''

  constructor(options: TvOptions, day: number) {
    this.#options = options
    this.#day = day
    this.#dirt = new StreamRandom().start(options.seed ^ 0x6a09e667, day, 0)
    this.#share = shareOfKind(options.dirt)
    this.#logged = new Set(loggedDays(options))
    this.#turn = Math.floor(hashShare(options.seed, day, 3) * rowDirtNames.length)
    this.seen = bitSet(options.users)
  }

  /** Writes it. */
  async write(path: string): Promise<void> {
    const file = await OutputFile.create(path, this.#options.gzip === 'all')
    const contracts = new Contracts(this.#options)
    for (let number = 0; number < this.#options.users; number++) {
      this.#addContract(file, contracts.contract(number))
      if (file.isFull) await file.drain()
    }
    if (this.#isTruncated()) {
      file.write(this.#sample.slice(0, Math.floor(this.#sample.length * 0.6)))
      addDirt(this.account, 'truncated_last_line', tvKinds.truncated_last_line)
    }
    await file.close()
  }

  #isTruncated(): boolean {
    const { seed, dirt, firstDay } = this.#options
    const turn = Math.floor(hashShare(seed, 0, 4) * filesWithTruncation)
    return (
      dirt > 0 && this.#sample !== '' && (this.#day - firstDay - turn) % filesWithTruncation === 0
    )
  }

  #addContract(file: OutputFile, contract: Contract): void {
    const { seed } = this.#options
    const isSpared = this.#comesAgainAfter(contract, this.#day) !== undefined
    let staged = 0
    for (const view of viewsOf(this.#start(contract, this.#day), seed, contract, this.#day)) {
      if (this.#addView(file, view, contract, isSpared)) staged += 1
    }
    if (staged > 0) {
      addDayFigure(this.account, 'contracts_by_date', this.#day)
      setBit(this.seen, contract.number)
    }
    this.#addEarlier(file, contract)
  }

  #start({ number }: Contract, day: number): StreamRandom {
    return this.#random.start(this.#options.seed ^ 0x3b9aca07, number, day)
  }

  /** After how many days a contract's rows of a day come again; undefined if they don't. */
  #comesAgainAfter({ number }: Contract, day: number): number | undefined {
    const { seed, firstDay, days } = this.#options
    const place = hashShare(seed ^ 0x1b56c4e9, number, day)
    if (place >= this.#share) return undefined
    const lag = 1 + Math.floor((place / this.#share) * longestLag)
    return day + lag < firstDay + days ? lag : undefined
  }

  #addEarlier(file: OutputFile, contract: Contract): void {
    if (this.#share === 0) return
    const { seed } = this.#options
    for (let lag = 1; lag <= longestLag; lag++) {
      const day = this.#day - lag
      if (!this.#logged.has(day) || this.#comesAgainAfter(contract, day) !== lag) continue
      for (const view of viewsOf(this.#start(contract, day), seed, contract, day)) {
        file.write(`${logLine(view)}\n`)
        this.#count('reexported_rows', view, contract)
      }
    }
  }

  /** @returns whether it is a staged row with the contract's proper name */
  #addView(file: OutputFile, view: View, contract: Contract, isSpared: boolean): boolean {
    const kind = isSpared ? undefined : this.#nextKind(view)
    const line = kind === undefined ? logLine(view) : spoiledLine(kind, view, this.#dirt)
    if (this.#sample === '') this.#sample = logLine(view)
    file.write(`${line}\n`)
    return this.#count(kind, view, contract)
  }

  /** The dirt of the next row, or undefined if it stays clean. A kind that would not show keeps its turn. */
  #nextKind({ contract }: View): RowDirt | undefined {
    if (!this.#dirt.chance(this.#share * rowDirtNames.length)) return undefined
    const kind = rowDirtNames[this.#turn % rowDirtNames.length]
    if (kind === 'lower_case_contract' && contract === contract.toLowerCase()) return undefined
    this.#turn += 1
    return kind
  }

  /** Counts a row with its dirt. @returns whether it is a staged row with the contract's proper name */
  #count(kind: TvKind | undefined, view: View, contract: Contract): boolean {
    const { account } = this
    account.rows += kind === 'identical_row' ? 2 : 1
    if (kind !== undefined) {
      addDirt(account, kind, tvKinds[kind])
      if (isQuarantined(tvKinds[kind]) || kind === 'reexported_rows') return false
    }
    account.staged += 1
    const quality = view.contract === '0' ? 'placeholder' : contract.quality
    const category = kind === 'unknown_app' ? 'Others' : (apps[view.app]?.[2] ?? '')
    addDayFigure(account, 'rows_by_date', this.#day)
    addFigure(account, 'rows_by_contract_quality', quality)
    addFigure(account, 'seconds_by_category', category, view.seconds)
    if (quality !== 'valid') return false
    addFigure(account, 'customer_seconds_by_category', category, view.seconds)
    return true
  }
}
