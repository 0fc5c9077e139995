import type { GenerateProgress, GenerateSummary } from '../types.js'
import { generateUnits } from '../work/generate.js'
import { productManifest } from './manifest.js'
import type { ProductOptions } from './options.js'
import { productUnits, type ProductUnit } from './unit.js'

/**
 * Writes the files of the product domain below `options.out`, and the manifest beside them.
 * @throws CommandError if the folder holds files that aren't an earlier output of this generator
 */
export async function generateProduct(
  options: ProductOptions,
  onProgress: (progress: GenerateProgress) => void,
): Promise<GenerateSummary> {
  const manifest = (units: readonly ProductUnit[]) => productManifest(options, units)
  const count = productUnits(options)
  return generateUnits({ domain: 'product', options, count, manifest }, onProgress)
}
