import { formatDay } from '../calendar.js'
import type { WrittenUnit } from '../work/generate.js'
import { LogFile } from './log-file.js'
import { loggedDays } from './logged-days.js'
import type { TvOptions } from './options.js'

/** A log that has been written. */
export interface TvUnit extends WrittenUnit {
  /** A bit for each contract with a staged row. */
  readonly seen: Uint8Array
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
