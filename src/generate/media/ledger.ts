import { bitSet, countBits, setBit } from '../bits.js'
import { daySeconds, formatDay } from '../calendar.js'
import { add, sum, zeros, type Counts } from '../counts.js'
import { isQuarantined, type Fate } from '../fates.js'
import { dirtKindNames, dirtKinds, type DirtKind } from './dirt-kinds.js'
import { isPageview, type Interaction } from './interaction.js'
import type { FileRecord } from './row-file.js'

/**
 * Counts what is written, while it is written: how much of each kind of dirt, and what the warehouse
 * has to find. Holds counters only, and one bit a reader.
 */
export class Ledger {
  readonly files: FileRecord[] = []
  readonly dirt: Record<DirtKind, number> = zeros(dirtKindNames)
  readonly quarantined: Counts = zeros([
    'missing_key',
    'bad_timestamp',
    'future_timestamp',
    'unknown_enum',
    'out_of_range',
  ])
  readonly rowsByDate: Counts = {}
  readonly rowsByCategory: Counts = {}
  readonly rowsByReferrer: Counts = {}
  duplicates = 0
  normalised = 0
  staged = 0
  pageviews = 0
  /** Rows of readers whose browser keeps no session. */
  withoutSession = 0
  /** Rows whose referrer is the empty text: direct visits. */
  emptyReferrers = 0
  readonly #seen: Uint8Array

  constructor(users: number) {
    this.#seen = bitSet(users)
  }

  /** Counts an interaction as a row, with the dirt that was put on the row itself. */
  addRow(interaction: Interaction, kind?: DirtKind): void {
    const fate: Fate = kind === undefined ? 'accepted' : dirtKinds[kind]
    if (interaction.sessionId === null) this.withoutSession += 1
    if (interaction.referrer.url === '' && !changesReferrer(kind)) this.emptyReferrers += 1
    if (isQuarantined(fate)) {
      add(this.quarantined, fate)
      return
    }
    if (fate === 'normalised') this.normalised += 1
    this.staged += 1
    const { user, second } = interaction
    setBit(this.#seen, user)
    if (isPageview(interaction.action)) this.pageviews += 1
    const isForeign = kind === 'url_other_host' || kind === 'url_javascript'
    add(this.rowsByDate, formatDay(Math.floor(second / daySeconds)))
    add(this.rowsByCategory, isForeign ? 'unknown' : interaction.page.category)
    add(this.rowsByReferrer, changesReferrer(kind) ? 'direct' : interaction.referrer.class)
  }

  /** Counts dirt that has been written. */
  addDirt(kind: DirtKind, pieces = 1): void {
    this.dirt[kind] += pieces
    if (dirtKinds[kind] === 'duplicate') this.duplicates += pieces
  }

  /** Readers with at least one row that is staged. */
  get users(): number {
    return countBits(this.#seen)
  }

  /** Raw rows written: interactions and copies. */
  get rawRows(): number {
    return this.staged + sum(this.quarantined) + this.duplicates
  }

  /** Pieces of dirt of all kinds. */
  get dirtPieces(): number {
    return sum(this.dirt)
  }
}

function changesReferrer(kind: DirtKind | undefined): boolean {
  return kind === 'null_referrer' || kind === 'whitespace_referrer'
}
