import type { DomainGenerator } from '../types.js'
import { readTvOptions, tvFlags } from './options.js'

/** The generator of the TV domain: logs of what was watched on the boxes of a provider. */
export const tvGenerator: DomainGenerator = {
  domain: 'tv',
  describe: 'logs of what was watched on the boxes of a TV provider',
  flags: tvFlags,
  prepare: (values) => {
    const options = readTvOptions(values)
    return async (onProgress) => {
      const { generateTv } = await import('./generate.js')
      return generateTv(options, onProgress)
    }
  },
}
