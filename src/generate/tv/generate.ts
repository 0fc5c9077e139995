import type { GenerateProgress, GenerateSummary } from '../types.js'
import { generateUnits } from '../work/generate.js'
import { loggedDays } from './logged-days.js'
import { tvManifest } from './manifest.js'
import type { TvOptions } from './options.js'
import type { TvUnit } from './unit.js'

/**
 * Writes the files of the TV domain below `options.out`, and the manifest beside them.
 * @throws CommandError if the folder holds files that aren't an earlier output of this generator
 */
export async function generateTv(
  options: TvOptions,
  onProgress: (progress: GenerateProgress) => void,
): Promise<GenerateSummary> {
  const manifest = (units: readonly TvUnit[]) => tvManifest(options, units)
  const count = loggedDays(options).length
  return generateUnits({ domain: 'tv', options, count, manifest }, onProgress)
}
