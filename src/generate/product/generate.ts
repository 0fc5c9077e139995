import { formatDay } from '../calendar.js'
import { sum } from '../counts.js'
import { clearEarlierOutput, writeManifest } from '../manifest-file.js'
import type { GenerateProgress, GenerateSummary } from '../types.js'
import { doUnits } from '../work/units.js'
import { productManifest, productTotals } from './manifest.js'
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
  await clearEarlierOutput(options.out, 'product')
  const count = productUnits(options)
  let rows = 0
  let done = 0
  const units = await doUnits<ProductUnit>({
    ...{ domain: 'product', options, count, jobs: options.jobs },
    onDone: ({ day, account }) => {
      rows += account.rows
      done += 1
      onProgress({ rows, day: formatDay(day), fraction: done / count })
    },
  })
  const manifestPath = await writeManifest(options.out, 'product', productManifest(options, units))
  const totals = Object.values(productTotals(units))
  const dirt = totals.reduce((pieces, account) => pieces + sum(account.dirt), 0)
  return { manifestPath, files: count, rows, dirt }
}
