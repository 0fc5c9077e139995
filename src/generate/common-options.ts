import { daySeconds, formatDay } from './calendar.js'
import type { FlagReader } from './flag-reader.js'
import type { GeneratorFlag } from './types.js'

/** The last day when neither `--start` nor `--end` is given: fixed, so that output never depends on today. */
export const defaultEndDay = '2026-11-20'

/** The options that every domain's generator has. */
export interface CommonOptions {
  readonly users: number
  readonly days: number
  /** First simulated day, in days since 1970-01-01. */
  readonly firstDay: number
  readonly seed: number
  /** Proportion of dirt, 0 to 1. */
  readonly dirt: number
  /** The data root that receives `<domain>/...`. */
  readonly out: string
}

/** The flags behind `CommonOptions`. */
export const commonFlags: Readonly<Record<string, GeneratorFlag>> = {
  users: { type: 'number', default: 100, describe: 'how many users there are' },
  days: { type: 'number', default: 30, describe: 'how many days are simulated' },
  start: { type: 'string', describe: 'first day, YYYY-MM-DD (instead of --end)' },
  end: { type: 'string', describe: `last day, YYYY-MM-DD (${defaultEndDay} if not given)` },
  seed: { type: 'number', default: 1, describe: 'seed of all random numbers' },
  dirt: { type: 'number', default: 0.03, describe: 'proportion of dirt, 0 to 0.5' },
  out: { type: 'string', describe: 'folder that receives the files (a data root)' },
}

/** Reads the common flags; mistakes are left in the reader. */
export function readCommonOptions(reader: FlagReader): CommonOptions {
  const users = reader.integer('users', 1, 100_000_000)
  const days = reader.integer('days', 1, 3660)
  const seed = reader.integer('seed', 0, 0xffffffff)
  const dirt = reader.number('dirt', 0, 0.5)
  const out = reader.text('out')
  const start = reader.day('start')
  const end = reader.day('end')
  if (start !== undefined && end !== undefined) {
    reader.mistake('--start and --end exclude each other: --days gives the length')
  }
  const lastDay = end ?? Date.parse(defaultEndDay) / (daySeconds * 1000)
  return { users, days, seed, dirt, out, firstDay: start ?? lastDay - days + 1 }
}

/** The last simulated day. */
export function lastDay({ firstDay, days }: CommonOptions): number {
  return firstDay + days - 1
}

/** The common arguments as a manifest shows them. Not the folder: the same arguments give the same manifest anywhere. */
export function commonArguments(options: CommonOptions) {
  const { users, days, firstDay, seed, dirt } = options
  return { users, days, start: formatDay(firstDay), end: formatDay(lastDay(options)), seed, dirt }
}
