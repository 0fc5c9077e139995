import type { DomainGenerator } from '../types.js'
import { productFlags, readProductOptions } from './options.js'

/** The generator of the product domain: users and events of a family of social apps. */
export const productGenerator: DomainGenerator = {
  domain: 'product',
  describe: 'users and events of a family of social apps',
  flags: productFlags,
  prepare: (values) => {
    const options = readProductOptions(values)
    return async (onProgress) => {
      const { generateProduct } = await import('./generate.js')
      return generateProduct(options, onProgress)
    }
  },
}
