import type { DomainGenerator } from '../types.js'
import { mediaFlags, readMediaOptions } from './options.js'

/** The generator of the media domain: interactions of the readers of a news site. */
export const mediaGenerator: DomainGenerator = {
  domain: 'media',
  describe: 'interactions of the readers of a news site',
  flags: mediaFlags,
  prepare: (values) => {
    const options = readMediaOptions(values)
    return async (onProgress) => {
      // Faker takes a quarter of a second to load, which no other command should pay.
      const { generateMedia } = await import('./generate.js')
      return generateMedia(options, onProgress)
    }
  },
}
