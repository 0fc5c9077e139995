import { formatDay } from '../calendar.js'
import { hashShare } from '../stream-random.js'
import type { Account } from '../work/account.js'
import { LogFile } from './log-file.js'
import type { TvOptions } from './options.js'

/** A log that has been written. */
export interface TvUnit {
  readonly path: string
  /** The file's day, in days since 1970-01-01. */
  readonly day: number
  readonly account: Account
  /** A bit for each contract with a staged row. */
  readonly seen: Uint8Array
}

/** The days that have a file, in their order: those that are missing are neither the first nor the last. */
export function loggedDays({ firstDay, days, missingDays, seed }: TvOptions): readonly number[] {
  const inner = Array.from({ length: Math.max(0, days - 2) }, (_, index) => firstDay + 1 + index)
  const lots = new Map(inner.map((day) => [day, hashShare(seed, day, 5)]))
  const missing = [...inner].sort((a, b) => (lots.get(a) ?? 0) - (lots.get(b) ?? 0) || a - b)
  const gone = new Set(missing.slice(0, missingDays))
  return Array.from({ length: days }, (_, index) => firstDay + index).filter(
    (day) => !gone.has(day),
  )
}

/** Writes the log with this number. */
export async function doTvUnit(options: TvOptions, unit: number): Promise<TvUnit> {
  const day = loggedDays(options)[unit] ?? 0
  const extension = options.gzip === 'all' ? 'json.gz' : 'json'
  const path = `tv/${formatDay(day).replaceAll('-', '')}.${extension}`
  const file = new LogFile(options, day)
  await file.write(`${options.out}/${path}`)
  return { path, day, account: file.account, seen: file.seen }
}
