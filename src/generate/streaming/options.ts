import { commonFlags, readCommonOptions, type CommonOptions } from '../common-options.js'
import { FlagReader } from '../flag-reader.js'
import type { FlagValues, GeneratorFlag } from '../types.js'

/** What the streaming generator is asked for. */
export interface StreamingOptions extends CommonOptions {
  /** How many movies the catalogue has. */
  readonly movies: number
  /** How many nights the vendor sends its whole data: the last ones. */
  readonly extracts: number
}

/** The flags of `dataform generate streaming`. */
export const streamingFlags: Readonly<Record<string, GeneratorFlag>> = {
  ...commonFlags,
  movies: { type: 'number', default: 40, describe: 'how many movies the catalogue has' },
  extracts: {
    type: 'number',
    default: 6,
    describe: 'how many nights the vendor sends its whole data',
  },
}

/**
 * Checks the flags' values.
 * @throws CommandError (exit code 2) that names every wrong value
 */
export function readStreamingOptions(values: FlagValues): StreamingOptions {
  const reader = new FlagReader(values, streamingFlags)
  const options: StreamingOptions = {
    ...readCommonOptions(reader),
    movies: reader.integer('movies', 4, 100_000),
    extracts: reader.integer('extracts', 1, 400),
  }
  reader.finish()
  return options
}
