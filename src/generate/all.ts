import { commonFlags } from './common-options.js'
import { manifestPath } from './manifest-file.js'
import type { DomainGenerator, FlagValues, GenerateSummary } from './types.js'
import { jobsFlag } from './work/units.js'

/**
 * Every domain in one data root, one after the other, with the flags that all have. What only one domain has stays as it
 * is by default there.
 */
export function allGenerator(generators: readonly DomainGenerator[]): DomainGenerator {
  return {
    domain: 'all',
    describe: `all domains into one data root: ${generators.map(({ domain }) => domain).join(', ')}`,
    flags: {
      ...commonFlags,
      users: {
        type: 'number',
        default: 100,
        describe: 'how many users each domain has; of TV, contracts',
      },
      jobs: jobsFlag,
    },
    prepare: (values) => {
      // All of them are checked before the first one writes; their mistakes are the same, for so are their flags.
      const prepared = generators.map((generator) => ({
        domain: generator.domain,
        run: generator.prepare(flagsOf(generator, values)),
      }))
      return async (onProgress) => {
        const total = { files: 0, rows: 0, dirt: 0 }
        for (const [index, { domain, run }] of prepared.entries()) {
          const { files, rows, dirt }: GenerateSummary = await run((progress) => {
            onProgress({
              rows: total.rows + progress.rows,
              day: `${domain} ${progress.day}`,
              fraction: (index + progress.fraction) / prepared.length,
            })
          })
          total.files += files
          total.rows += rows
          total.dirt += dirt
        }
        return { ...total, manifestPath: manifestPath(String(values['out']), '*') }
      }
    },
  }
}

/** The values of the flags that a generator has. */
function flagsOf({ flags }: DomainGenerator, values: FlagValues): FlagValues {
  return Object.fromEntries(Object.entries(values).filter(([name]) => name in flags))
}
