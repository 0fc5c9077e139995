import { commonFlags, readCommonOptions, type CommonOptions } from '../common-options.js'
import { FlagReader } from '../flag-reader.js'
import type { FlagValues, GeneratorFlag } from '../types.js'
import { jobsFlag } from '../work/units.js'

const compressions = ['none', 'all'] as const

/** What the TV generator is asked for. Its users are contracts. */
export interface TvOptions extends CommonOptions {
  /** How many days have no file. */
  readonly missingDays: number
  readonly gzip: (typeof compressions)[number]
  /** How many files are written at once. */
  readonly jobs: number
}

/** The flags of `dataform generate tv`. */
export const tvFlags: Readonly<Record<string, GeneratorFlag>> = {
  ...commonFlags,
  users: { type: 'number', default: 100, describe: 'how many contracts there are' },
  'missing-days': { type: 'number', default: 0, describe: 'how many days have no file' },
  gzip: {
    type: 'string',
    default: 'none',
    bare: 'all',
    choices: compressions,
    describe: 'whether the files are compressed (the bare flag: all)',
  },
  jobs: jobsFlag,
}

/**
 * Checks the flags' values.
 * @throws CommandError (exit code 2) that names every wrong value
 */
export function readTvOptions(values: FlagValues): TvOptions {
  const reader = new FlagReader(values, tvFlags)
  const options: TvOptions = {
    ...readCommonOptions(reader),
    missingDays: reader.integer('missing-days', 0, 3660),
    gzip: reader.choice('gzip', compressions),
    jobs: reader.integer('jobs', 1, 256),
  }
  if (options.missingDays > Math.max(0, options.days - 2)) {
    reader.mistake('--missing-days must leave the first day and the last one')
  }
  reader.finish()
  return options
}
