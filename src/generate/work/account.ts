import { formatDay } from '../calendar.js'
import { add, addAll, type Counts } from '../counts.js'
import { isQuarantined, type Fate } from '../fates.js'

/** What became of the rows of one file, and with those of all files, of a source. Plain, so that a worker can send it. */
export interface Account {
  rows: number
  staged: number
  duplicates: number
  normalised: number
  readonly quarantined: Counts
  readonly dirt: Counts
  /** Further figures, by the name that the manifest gives them. */
  readonly figures: Record<string, Counts>
}

/** An account of nothing yet. */
export function emptyAccount(): Account {
  return {
    ...{ rows: 0, staged: 0, duplicates: 0, normalised: 0 },
    ...{ quarantined: {}, dirt: {}, figures: {} },
  }
}

/** Counts a piece of dirt by what becomes of it. */
export function addDirt(account: Account, kind: string, fate: Fate): void {
  add(account.dirt, kind)
  if (isQuarantined(fate)) add(account.quarantined, fate)
  if (fate === 'duplicate') account.duplicates += 1
  if (fate === 'normalised') account.normalised += 1
}

/** Adds to one of the further figures. */
export function addFigure(account: Account, figure: string, name: string, amount = 1): void {
  add((account.figures[figure] ??= {}), name, amount)
}

/** Adds a figure of a day. */
export function addDayFigure(account: Account, figure: string, day: number, amount = 1): void {
  addFigure(account, figure, formatDay(day), amount)
}

/** All accounts together. */
export function totalAccount(accounts: readonly Account[]): Account {
  const total = emptyAccount()
  for (const account of accounts) {
    total.rows += account.rows
    total.staged += account.staged
    total.duplicates += account.duplicates
    total.normalised += account.normalised
    addAll(total.quarantined, account.quarantined)
    addAll(total.dirt, account.dirt)
    for (const [figure, counts] of Object.entries(account.figures)) {
      addAll((total.figures[figure] ??= {}), counts)
    }
  }
  return total
}
