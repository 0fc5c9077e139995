import { commonFlags, readCommonOptions, type CommonOptions } from '../common-options.js'
import { FlagReader } from '../flag-reader.js'
import type { FlagValues, GeneratorFlag } from '../types.js'

const compressions = ['none', 'some', 'all'] as const
const shapes = ['mixed', 'ndjson', 'array'] as const
const periods = ['day', 'week', 'month'] as const

/** What the media generator is asked for. */
export interface MediaOptions extends CommonOptions {
  /** How many articles the site has. */
  readonly articles: number
  /** Which files are compressed; `some`: every fourth. */
  readonly gzip: (typeof compressions)[number]
  /** How the files hold their rows; `mixed`: every third is an array, the others have a row a line. */
  readonly format: (typeof shapes)[number]
  /** What one folder of files covers. */
  readonly period: (typeof periods)[number]
  /** Into how many files of equal time a folder is divided. */
  readonly filesPerPeriod: number
}

/** The flags of `dataform generate media`. */
export const mediaFlags: Readonly<Record<string, GeneratorFlag>> = {
  ...commonFlags,
  articles: { type: 'number', default: 200, describe: 'how many articles the site has' },
  gzip: {
    type: 'string',
    default: 'none',
    bare: 'all',
    choices: compressions,
    describe: 'which files are compressed (the bare flag: all)',
  },
  format: { type: 'string', default: 'mixed', choices: shapes, describe: 'shape of the files' },
  period: { type: 'string', default: 'day', choices: periods, describe: 'what a folder covers' },
  'files-per-period': {
    type: 'number',
    default: 1,
    alias: 'files-per-day',
    describe: 'into how many files a folder is divided, by time',
  },
}

/**
 * Checks the flags' values.
 * @throws CommandError (exit code 2) that names every wrong value
 */
export function readMediaOptions(values: FlagValues): MediaOptions {
  const reader = new FlagReader(values, mediaFlags)
  const options: MediaOptions = {
    ...readCommonOptions(reader),
    articles: reader.integer('articles', 8, 100_000),
    gzip: reader.choice('gzip', compressions),
    format: reader.choice('format', shapes),
    period: reader.choice('period', periods),
    filesPerPeriod: reader.integer('files-per-period', 1, 1000),
  }
  reader.finish()
  return options
}
