/** Patterns for storages that list names, rather than walk folders. They mean what they mean in a folder. */
import { posix } from 'node:path'
import picomatch from 'picomatch'

/** What a set of patterns takes. */
export interface PathMatcher {
  readonly matches: (path: string) => boolean
  /** Every match starts with one of these, none of which starts with another. */
  readonly prefixes: readonly string[]
}

/** The matcher that finding files in a folder has too, with the options that it gives it. */
export function matcherOf(patterns: readonly string[]): PathMatcher {
  const isExclusion = (pattern: string): boolean => /^!(?!\()/.test(pattern)
  const clean = (pattern: string): string => posix.normalize(pattern)
  const wanted = patterns.filter((pattern) => !isExclusion(pattern)).map(clean)
  const unwanted = patterns.filter(isExclusion).map((pattern) => clean(pattern.slice(1)))
  const options = { dot: false, nocase: false, posix: true }
  const isWanted = picomatch(wanted, options)
  const isUnwanted = picomatch(unwanted, options)
  return {
    matches: (path) => isWanted(path) && !isUnwanted(path),
    prefixes: withoutCovered(wanted.map(literalPrefix)),
  }
}

/** What a pattern has before the first character that may mean something else than itself. */
export function literalPrefix(pattern: string): string {
  return /^[^*?{}[\]()!+@|\\]*/.exec(pattern)?.[0] ?? ''
}

function withoutCovered(prefixes: readonly string[]): readonly string[] {
  const kept: string[] = []
  // Sorted, a prefix stands before all that start with it.
  for (const prefix of [...prefixes].sort()) {
    const last = kept.at(-1)
    if (last === undefined || !prefix.startsWith(last)) kept.push(prefix)
  }
  return kept
}
