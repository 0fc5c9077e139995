import type { DomainGenerator } from '../types.js'
import { readStreamingOptions, streamingFlags } from './options.js'

/** The generator of the streaming domain: a streaming service's exports, and the full extracts of its vendor. */
export const streamingGenerator: DomainGenerator = {
  domain: 'streaming',
  describe: 'streams of movies, and nightly extracts of books and reviews',
  flags: streamingFlags,
  prepare: (values) => {
    const options = readStreamingOptions(values)
    return async (onProgress) => {
      // Faker takes a quarter of a second to load, which no other command should pay.
      const { generateStreaming } = await import('./generate.js')
      return generateStreaming(options, onProgress)
    }
  },
}
