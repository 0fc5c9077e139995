import { formatDay } from '../calendar.js'
import type { CommonOptions } from '../common-options.js'
import { sum } from '../counts.js'
import { clearEarlierOutput, writeManifest } from '../manifest-file.js'
import type { GenerateProgress, GenerateSummary } from '../types.js'
import type { Account } from './account.js'
import type { UnitDomain } from './domains.js'
import { doUnits } from './units.js'

/** A file that has been written. */
export interface WrittenUnit {
  /** Path below the data root. */
  readonly path: string
  /** The file's day, in days since 1970-01-01. */
  readonly day: number
  readonly account: Account
}

/** A domain whose files are made in units. */
interface UnitGeneration<Unit extends WrittenUnit> {
  readonly domain: UnitDomain
  readonly options: CommonOptions & { readonly jobs: number }
  /** How many files there are. */
  readonly count: number
  /** Makes the manifest from what was written, in the order of the units' numbers. */
  readonly manifest: (units: readonly Unit[]) => object
}

/**
 * Writes the files of a domain below `options.out`, and the manifest beside them.
 * @throws CommandError if the folder holds files that aren't an earlier output of this generator
 */
export async function generateUnits<Unit extends WrittenUnit>(
  { domain, options, count, manifest }: UnitGeneration<Unit>,
  onProgress: (progress: GenerateProgress) => void,
): Promise<GenerateSummary> {
  await clearEarlierOutput(options.out, domain)
  let rows = 0
  let dirt = 0
  let done = 0
  const units = await doUnits<Unit>({
    ...{ domain, options, count, jobs: options.jobs },
    onDone: ({ day, account }) => {
      rows += account.rows
      dirt += sum(account.dirt)
      done += 1
      onProgress({ rows, day: formatDay(day), fraction: done / count })
    },
  })
  const manifestPath = await writeManifest(options.out, domain, manifest(units))
  return { manifestPath, files: count, rows, dirt }
}
