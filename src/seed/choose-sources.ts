import { CommandError } from '../failure/types.js'
import { nearestNames } from '../graph/nearest.js'
import type { SeedSource } from './declaration.js'

/**
 * The sources that have one of the tags or one of the names; all of them if neither is given.
 * @throws CommandError (exit code 2) for a name that is no source's, or tags that no source has
 */
export function chooseSources(
  sources: readonly SeedSource[],
  chosen: { readonly tags: readonly string[]; readonly names: readonly string[] },
): readonly SeedSource[] {
  if (chosen.tags.length === 0 && chosen.names.length === 0) return sources
  for (const name of chosen.names) {
    if (sources.some((source) => source.name === name)) continue
    const names = sources.map((source) => source.name)
    const near = nearestNames(name, names)
    throw new CommandError(`there is no source "${name}"`, {
      exitCode: 2,
      hint:
        near.length > 0
          ? `Did you mean ${near.join(' or ')}?`
          : `The sources are: ${names.join(', ')}.`,
    })
  }
  const found = sources.filter(
    (source) =>
      chosen.names.includes(source.name) || source.tags.some((tag) => chosen.tags.includes(tag)),
  )
  if (found.length > 0) return found
  const tags = [...new Set(sources.flatMap((source) => source.tags))]
  throw new CommandError(`no source has the tag ${chosen.tags.join(' or ')}`, {
    exitCode: 2,
    hint:
      tags.length > 0 ? `The tags are: ${tags.join(', ')}.` : 'No source has tags: use --sources.',
  })
}
