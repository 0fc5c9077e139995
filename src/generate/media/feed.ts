import { daySeconds } from '../calendar.js'
import type { Random } from '../random.js'
import { DirtSchedule } from './dirt-schedule.js'
import type { DirtPlan } from './dirt-plan.js'
import { isChangedRow, type ChangedRow, type RowDirt } from './dirt-kinds.js'
import { FileSequence } from './file-sequence.js'
import { fileSlot, type FileSlot } from './file-slots.js'
import { HeldRows } from './held-rows.js'
import type { Interaction } from './interaction.js'
import type { Ledger } from './ledger.js'
import type { MediaOptions } from './options.js'
import type { MediaPools } from './pools.js'
import { rawRow, without } from './raw-row.js'
import { isApplicable, rowChanges } from './row-changes.js'
import { RowFile, type FileShape } from './row-file.js'

/** Rows that may wait for a later file; more would make memory grow with the volume. */
const mostLateRows = 1000

/** Lines that aren't JSON. None begins with `[`, which would pass for an array. */
const malformedLines = [
  '<html><body>502 Bad Gateway</body></html>',
  '{"user_id": "user_00000000", "timestamp": "2026-',
  'user_id,timestamp,page_url,action',
  "{'user_id': 'user_00000000'}",
] as const

/** JSON that isn't an object. */
const nonObjects = ['42', '"maintenance"', 'null', 'true'] as const

/**
 * The files, as a source with all its faults delivers them. Rows come in order; the feed divides them
 * among files and puts the dirt on them. The caller awaits `advance` before a row when `isDue` says
 * so, and `drain` after it when `isFull` does; everything else is synchronous.
 */
export class Feed {
  readonly #options: MediaOptions
  readonly #pools: MediaPools
  readonly #plan: DirtPlan
  readonly #ledger: Ledger
  readonly #random: Random
  readonly #schedule: DirtSchedule
  /** The second at which the simulation is over. */
  readonly #end: number
  readonly #turns = new Map<RowDirt, number>()

  #slot: FileSlot | undefined
  #file: RowFile | undefined
  /** The copy that is sent again later, while the file is one that is sent twice. */
  #copy: RowFile | undefined
  #isTail = false
  readonly #files: FileSequence
  #truncations = 0
  #resendOwed: number

  readonly #held: HeldRows
  #late: string[] = []
  #arriving: string[] = []
  #lastRow = ''
  #previous: Interaction | undefined

  constructor(
    options: MediaOptions,
    pools: MediaPools,
    plan: DirtPlan,
    ledger: Ledger,
    random: Random,
  ) {
    this.#options = options
    this.#pools = pools
    this.#plan = plan
    this.#ledger = ledger
    this.#random = random
    this.#schedule = new DirtSchedule(options.dirt, random)
    this.#files = new FileSequence(options, plan.hasFileDirt)
    this.#held = new HeldRows(random)
    this.#end = (options.firstDay + options.days) * daySeconds
    // Half of it is owed from the start, or the first file to send again would be the last of all.
    this.#resendOwed = plan.resendLength / 2
  }

  /** Whether a row of this second needs another file than the one that is open. */
  isDue(second: number): boolean {
    if (this.#slot === undefined || second >= this.#slot.end) return true
    if (this.#copy !== undefined) return this.#copy.record.rows >= this.#plan.resendLength
    return !this.#isTail && this.#plan.resendRate > 0 && this.#resendOwed >= this.#plan.resendLength
  }

  /** Closes the file that is open and opens the one for rows of this second. */
  async advance(second: number): Promise<void> {
    const previous = this.#slot
    const wasCopied = this.#copy !== undefined
    await this.#closeFile()
    const slot = fileSlot(this.#options, second, this.#plan.vanishesAt)
    this.#slot = slot
    this.#isTail = second >= this.#plan.vanishesAt
    if (slot.folder !== previous?.folder) {
      this.#arriving.push(...this.#late.splice(0))
    }
    const isCopied = !wasCopied && !this.#isTail && this.#isResendDue()
    const shape = this.#files.next(slot.folder, 'interactions', isCopied)
    this.#file = await this.#create(shape)
    if (isCopied)
      this.#copy = await this.#create(this.#files.copyOf(shape, this.#laterFolder(slot)))
  }

  /** Writes a row, with or without dirt. */
  write(interaction: Interaction): void {
    const file = this.#openFile()
    const isQuiet = this.#copy !== undefined || this.#isTail
    this.#resendOwed += this.#plan.resendRate
    const kind = isQuiet
      ? undefined
      : this.#schedule.next((candidate) => this.#isPossible(candidate, interaction, file))
    const change = kind !== undefined && isChangedRow(kind) ? kind : undefined
    const json = this.#rowText(interaction, change)
    this.#ledger.addRow(interaction, change)
    if (kind === 'late_row') this.#late.push(json)
    else if (kind === 'out_of_order') this.#held.hold(interaction.second, json)
    else this.#writeInPlace(file, interaction.second, json, kind)
    // Only a session that has a row without dirt is certain to be known when another reader shares it.
    if (kind === undefined) this.#previous = interaction
  }

  /** Whether `drain` should be awaited before the next row. */
  get isFull(): boolean {
    return this.#file?.isFull === true
  }

  /** Writes what is waiting. */
  async drain(): Promise<void> {
    await this.#file?.drain()
    await this.#copy?.drain()
  }

  /** Closes the last file; rows that found no later file get one of their own. */
  async finish(): Promise<void> {
    await this.#closeFile(true)
    const waiting = [...this.#arriving.splice(0), ...this.#late.splice(0)]
    if (waiting.length === 0 || this.#slot === undefined) return
    this.#file = await this.#create(this.#files.next(this.#slot.folder, 'late', true))
    for (const json of waiting) this.#writeLate(this.#file, json)
    this.#ledger.files.push(await this.#file.close())
    this.#file = undefined
  }

  #openFile(): RowFile {
    if (this.#file === undefined) throw new Error('a row was written before advance() was awaited')
    return this.#file
  }

  #isResendDue(): boolean {
    return this.#plan.resendRate > 0 && this.#resendOwed >= this.#plan.resendLength
  }

  #isPossible(kind: RowDirt, interaction: Interaction, file: RowFile): boolean {
    if (isChangedRow(kind)) return isApplicable(kind, interaction, this.#otherSession(interaction))
    const nextPeriod = this.#slot?.periodEnd ?? Infinity
    switch (kind) {
      case 'exact_duplicate':
      case 'non_object_line':
        return true
      case 'blank_line':
      case 'malformed_line':
        return file.record.format === 'ndjson'
      case 'out_of_order':
        return this.#held.hasRoom
      case 'late_row':
        return this.#late.length < mostLateRows && nextPeriod < this.#end
    }
  }

  #otherSession({ user }: Interaction): string {
    return this.#previous?.user === user ? '' : (this.#previous?.sessionId ?? '')
  }

  #takeTurn(kind: RowDirt): number {
    const turn = this.#turns.get(kind) ?? 0
    this.#turns.set(kind, turn + 1)
    return turn
  }

  #rowText(interaction: Interaction, change: ChangedRow | undefined): string {
    const row = rawRow(interaction)
    if (this.#isTail) {
      this.#ledger.addDirt('vanished_column')
      return JSON.stringify(without(row, 'scroll_depth'))
    }
    if (change === undefined) return JSON.stringify(row)
    this.#ledger.addDirt(change)
    return JSON.stringify(
      rowChanges[change](row, {
        interaction,
        pools: this.#pools,
        random: this.#random,
        turn: this.#takeTurn(change),
        otherSession: this.#otherSession(interaction),
      }),
    )
  }

  #writeInPlace(file: RowFile, second: number, json: string, kind: RowDirt | undefined): void {
    file.writeRow(json)
    this.#copy?.writeRow(json)
    if (this.#copy) this.#ledger.addDirt('resent_file')
    this.#lastRow = json
    this.#held.pass(second)
    if (kind !== undefined && !isChangedRow(kind)) this.#disturb(file, json, kind)
    this.#writeHeld(file, false)
    if (this.#copy || this.#isTail) return
    const arriving = this.#arriving.shift()
    if (arriving !== undefined) this.#writeLate(file, arriving)
  }

  #disturb(file: RowFile, json: string, kind: Exclude<RowDirt, ChangedRow>): void {
    const turn = this.#takeTurn(kind)
    if (kind === 'exact_duplicate') file.writeRow(json)
    else if (kind === 'blank_line') file.writeBlankLine()
    else if (kind === 'malformed_line') {
      file.writeRejected(malformedLines[turn % malformedLines.length] ?? malformedLines[0])
    } else file.writeRejected(nonObjects[turn % nonObjects.length] ?? nonObjects[0])
    this.#ledger.addDirt(kind)
  }

  #writeHeld(file: RowFile, isLast: boolean): void {
    for (const { json, isOvertaken } of this.#held.release(isLast)) {
      file.writeRow(json)
      // At the end of a file there may be nothing newer: then the row is in its place after all.
      if (isOvertaken) this.#ledger.addDirt('out_of_order')
    }
  }

  #writeLate(file: RowFile, json: string): void {
    file.writeRow(json)
    this.#ledger.addDirt('late_row')
  }

  /** The folder after a slot's own one; at the end of the simulation there is only its own. */
  #laterFolder(slot: FileSlot): string {
    if (slot.periodEnd >= this.#end) return slot.folder
    return fileSlot(this.#options, slot.periodEnd, Infinity).folder
  }

  async #create(shape: FileShape): Promise<RowFile> {
    if (shape.byte_order_mark) this.#ledger.addDirt('byte_order_mark')
    return RowFile.create(this.#options.out, shape)
  }

  async #closeFile(isEnd = false): Promise<void> {
    const file = this.#file
    if (file === undefined) return
    this.#writeHeld(file, true)
    const copy = this.#copy
    if (copy !== undefined) {
      this.#resendOwed -= copy.record.rows
      this.#ledger.files.push(await copy.close())
    }
    const truncated = copy === undefined && this.#endsTruncated(file, isEnd)
    if (truncated) {
      this.#truncations += 1
      this.#ledger.addDirt('truncated_last_line')
    }
    const rest = this.#lastRow.slice(0, Math.floor(this.#lastRow.length * 0.6))
    this.#ledger.files.push(await file.close(truncated ? rest : undefined))
    this.#file = undefined
    this.#copy = undefined
  }

  /** Every tenth file is cut off in its last line; if none was by the end, the last one is. */
  #endsTruncated(file: RowFile, isEnd: boolean): boolean {
    if (!this.#plan.hasFileDirt || file.record.format === 'array') return false
    return this.#files.isTruncated || (isEnd && this.#truncations === 0)
  }
}
