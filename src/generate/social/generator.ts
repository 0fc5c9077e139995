import { commonFlags, readCommonOptions } from '../common-options.js'
import { FlagReader } from '../flag-reader.js'
import type { DomainGenerator } from '../types.js'

/** The generator of the social domain: suggestions, payments and posts of a tool for social media. */
export const socialGenerator: DomainGenerator = {
  domain: 'social',
  describe: 'suggestions, payments and posts of a tool for social media',
  flags: commonFlags,
  prepare: (values) => {
    const reader = new FlagReader(values, commonFlags)
    const options = readCommonOptions(reader)
    reader.finish()
    return async (onProgress) => {
      // Faker, which has the random numbers, takes a quarter of a second to load.
      const { generateSocial } = await import('./generate.js')
      return generateSocial(options, onProgress)
    }
  },
}
