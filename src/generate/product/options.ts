import { commonFlags, lastDay, readCommonOptions, type CommonOptions } from '../common-options.js'
import { FlagReader } from '../flag-reader.js'
import type { FlagValues, GeneratorFlag } from '../types.js'
import { jobsFlag } from '../work/units.js'

const formats = ['parquet', 'csv', 'ndjson'] as const
const compressions = ['none', 'all'] as const

/** What the product generator is asked for. */
export interface ProductOptions extends CommonOptions {
  /** Days from one snapshot of the users to the next. */
  readonly snapshotEvery: number
  readonly format: (typeof formats)[number]
  readonly gzip: (typeof compressions)[number]
  /** How many files are written at once. */
  readonly jobs: number
}

/** The flags of `dataform generate product`. */
export const productFlags: Readonly<Record<string, GeneratorFlag>> = {
  ...commonFlags,
  'snapshot-every': {
    type: 'number',
    default: 7,
    describe: 'days from one snapshot of all users to the next; the last day has one',
  },
  format: { type: 'string', default: 'parquet', choices: formats, describe: 'shape of the files' },
  gzip: {
    type: 'string',
    default: 'none',
    bare: 'all',
    choices: compressions,
    describe: 'whether CSV and NDJSON are compressed (the bare flag: all)',
  },
  jobs: jobsFlag,
}

/**
 * Checks the flags' values.
 * @throws CommandError (exit code 2) that names every wrong value
 */
export function readProductOptions(values: FlagValues): ProductOptions {
  const reader = new FlagReader(values, productFlags)
  const options: ProductOptions = {
    ...readCommonOptions(reader),
    snapshotEvery: reader.integer('snapshot-every', 1, 3660),
    format: reader.choice('format', formats),
    gzip: reader.choice('gzip', compressions),
    jobs: reader.integer('jobs', 1, 256),
  }
  if (options.format === 'parquet' && options.gzip !== 'none') {
    reader.mistake('--gzip is for --format csv and ndjson: Parquet is compressed inside')
  }
  reader.finish()
  return options
}

/** The days of the snapshots, in their order: the last simulated day, and steps back from it. */
export function snapshotDays(options: ProductOptions): readonly number[] {
  const days: number[] = []
  for (let day = lastDay(options); day >= options.firstDay; day -= options.snapshotEvery) {
    days.unshift(day)
  }
  return days
}
