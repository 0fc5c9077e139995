import { allGenerator } from './all.js'
import { mediaGenerator } from './media/generator.js'
import { productGenerator } from './product/generator.js'
import { socialGenerator } from './social/generator.js'
import { streamingGenerator } from './streaming/generator.js'
import { tvGenerator } from './tv/generator.js'
import type { DomainGenerator } from './types.js'

/** Every domain that can be generated, in the order of `--help`. A new domain is one more entry. */
export const generators: readonly DomainGenerator[] = [
  mediaGenerator,
  productGenerator,
  streamingGenerator,
  socialGenerator,
  tvGenerator,
]

/** What `dataform generate` can be told: a domain, or all of them. */
export const commands: readonly DomainGenerator[] = [...generators, allGenerator(generators)]

/** The generator of a domain, or undefined if there is none. */
export function findGenerator(domain: string): DomainGenerator | undefined {
  return commands.find((generator) => generator.domain === domain)
}
