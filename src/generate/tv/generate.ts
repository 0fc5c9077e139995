import { formatDay } from '../calendar.js'
import { sum } from '../counts.js'
import { clearEarlierOutput, writeManifest } from '../manifest-file.js'
import type { GenerateProgress, GenerateSummary } from '../types.js'
import { doUnits } from '../work/units.js'
import { tvManifest } from './manifest.js'
import type { TvOptions } from './options.js'
import { loggedDays } from './logged-days.js'
import type { TvUnit } from './unit.js'

/**
 * Writes the files of the TV domain below `options.out`, and the manifest beside them.
 * @throws CommandError if the folder holds files that aren't an earlier output of this generator
 */
export async function generateTv(
  options: TvOptions,
  onProgress: (progress: GenerateProgress) => void,
): Promise<GenerateSummary> {
  await clearEarlierOutput(options.out, 'tv')
  const count = loggedDays(options).length
  let rows = 0
  let dirt = 0
  let done = 0
  const units = await doUnits<TvUnit>({
    ...{ domain: 'tv', options, count, jobs: options.jobs },
    onDone: ({ day, account }) => {
      rows += account.rows
      dirt += sum(account.dirt)
      done += 1
      onProgress({ rows, day: formatDay(day), fraction: done / count })
    },
  })
  const manifestPath = await writeManifest(options.out, 'tv', tvManifest(options, units))
  return { manifestPath, files: count, rows, dirt }
}
