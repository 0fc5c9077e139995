import { add, sum, zeros, type Counts } from '../counts.js'
import { isQuarantined } from '../fates.js'
import { dirtKinds, type DirtKind } from './dirt.js'
import { sources, type Fields, type SocialRow, type Source } from './rows.js'

/** What becomes of the rows of one export. */
interface Account {
  staged: number
  duplicates: number
  readonly quarantined: Counts
  readonly dirt: Counts
}

/** Counts what is written, while it is written: what a warehouse has to find. */
export class Ledger {
  readonly accounts = Object.fromEntries(
    sources.map((source) => [
      source,
      {
        staged: 0,
        duplicates: 0,
        quarantined: {},
        dirt: zeros(dirtKinds[source].map(({ name }) => name)),
      },
    ]),
  ) as Readonly<Record<Source, Account>>
  rejectedLines = 0
  hashtags = 0
  bestTimes = 0
  invoices = 0
  undelivered = 0
  inactive = 0
  /** Cents by currency: of all versions of invoices, and of the latest ones. */
  readonly revenue: Counts = {}
  readonly latestRevenue: Counts = {}
  readonly postsByType: Counts = {}
  readonly #users = new Set<number>()

  /** Counts a row with its dirt. */
  addRow(row: SocialRow, kind?: DirtKind): void {
    const account = this.accounts[row.source]
    if (kind !== undefined) add(account.dirt, kind.name)
    const fate = kind?.fate ?? 'accepted'
    if (isQuarantined(fate)) {
      add(account.quarantined, fate)
      return
    }
    if (fate === 'duplicate') account.duplicates += 1
    if (fate === 'rejected') this.rejectedLines += 1
    account.staged += 1
    this.#users.add(row.user)
    switch (row.source) {
      case 'events':
        this.hashtags += row.hashtags
        if (row.hashtags === 0) this.bestTimes += 1
        return
      case 'payments':
        this.#addPayment(row, kind?.name === 'foreign_currency' ? 'eur' : 'usd')
        return
      case 'posts':
        add(this.postsByType, row.fields.type ?? '')
        this.#addState(row.fields, 1)
    }
  }

  /** Counts the later state of a post that is staged. */
  addLaterState(before: Fields, after: Fields): void {
    this.accounts.posts.staged += 1
    this.#addState(before, -1)
    this.#addState(after, 1)
  }

  /** Users with a row that is staged. */
  get users(): number {
    return this.#users.size
  }

  /** Raw rows of an export. */
  rawRows(source: Source): number {
    const { staged, duplicates, quarantined } = this.accounts[source]
    return staged + duplicates + sum(quarantined)
  }

  /** Pieces of dirt in all exports. */
  get dirtPieces(): number {
    return sources.reduce((pieces, source) => pieces + sum(this.accounts[source].dirt), 0)
  }

  #addPayment({ invoice }: SocialRow & { source: 'payments' }, currency: string): void {
    const { cents } = invoice.price
    add(this.revenue, currency, cents)
    if (invoice.latest === null) this.invoices += 1
    else add(this.latestRevenue, invoice.latest.currency, -invoice.latest.cents)
    invoice.latest = { currency, cents }
    add(this.latestRevenue, currency, cents)
  }

  #addState({ delivered, active }: Fields, sign: 1 | -1): void {
    if (delivered === 'False') this.undelivered += sign
    if (active === 'False') this.inactive += sign
  }
}
