import { daySeconds, formatDay } from '../calendar.js'
import { clearEarlierOutput, writeManifest } from '../manifest-file.js'
import { createRandom } from '../random.js'
import type { GenerateProgress, GenerateSummary } from '../types.js'
import { Audience } from './audience.js'
import { planDirt } from './dirt-plan.js'
import { Feed } from './feed.js'
import { Ledger } from './ledger.js'
import { mediaManifest } from './manifest.js'
import type { MediaOptions } from './options.js'
import { createPools } from './pools.js'
import { simulateTraffic } from './traffic.js'

/**
 * Writes the files of the media domain below `options.out`, and the manifest beside them.
 * @throws CommandError if the folder holds files that aren't an earlier output of this generator
 */
export async function generateMedia(
  options: MediaOptions,
  onProgress: (progress: GenerateProgress) => void,
): Promise<GenerateSummary> {
  await clearEarlierOutput(options.out, 'media')
  const audience = new Audience(options)
  const pools = createPools(options.seed, options.articles)
  const plan = planDirt(options, audience)
  const ledger = new Ledger(options.users)
  const feed = new Feed(options, pools, plan, ledger, createRandom(options.seed, 2))

  for (const interaction of simulateTraffic(options, audience, pools)) {
    if (feed.isDue(interaction.second)) {
      await feed.advance(interaction.second)
      onProgress(progressAt(options, interaction.second, ledger.rawRows))
    }
    feed.write(interaction)
    if (feed.isFull) {
      await feed.drain()
      onProgress(progressAt(options, interaction.second, ledger.rawRows))
    }
  }
  await feed.finish()

  const manifestPath = await writeManifest(
    options.out,
    'media',
    mediaManifest(options, plan, ledger),
  )
  return {
    manifestPath,
    files: ledger.files.length,
    rows: ledger.rawRows,
    dirt: ledger.dirtPieces,
  }
}

function progressAt(options: MediaOptions, second: number, rows: number): GenerateProgress {
  const day = Math.floor(second / daySeconds)
  return { rows, day: formatDay(day), fraction: (day - options.firstDay) / options.days }
}
