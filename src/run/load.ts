/**
 * Loading as the execution of an action.
 */
import type { Database } from '../postgres/session.js'
import type { SeedSource } from '../seed/declaration.js'
import type { EventSink } from './events.js'
import type { LoadOutcome } from './execute-options.js'
import { openSourceRoots, type SourceRoots } from '../seed/data-root.js'
import { StorageError } from '../seed/storage/types.js'

/** What loading depends on. */
export interface LoadOptions {
  readonly projectDir: string
  readonly dataRoot: string | null
  readonly signal: AbortSignal
  readonly onEvent: EventSink
}

/** Gives the function that the executor calls for a `load` action. */
export function loadFor(
  database: Database,
  sources: readonly SeedSource[],
  options: LoadOptions,
): (
  name: string,
  onProgress: (fraction: number | null, message: string) => void,
) => Promise<LoadOutcome> {
  let opened: Promise<SourceRoots> | undefined
  return async (name, onProgress) => {
    const source = sources.find((candidate) => candidate.name === name)
    if (source === undefined) throw new Error(`no source ${name}`)
    const { loadSource } = await import('../seed/load-source.js')
    let roots: SourceRoots
    try {
      opened ??= openSourceRoots(options.projectDir, options.dataRoot, process.env)
      roots = await opened
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      const failure = { kind: 'load', message: error.message, hint: error.hint } as const
      return { rows: 0, outcome: 'failed', failure }
    }
    const result = await loadSource(database, source, {
      dataRoot: roots[source.root],
      signal: options.signal,
      onProgress: ({ fraction, message }) => {
        onProgress(fraction, message)
      },
      onWarning: (message) => {
        options.onEvent({ type: 'warning', message })
      },
    })
    return {
      rows: result.rowsLoaded,
      outcome: outcomeOf(result),
      ...(result.failure === undefined ? {} : { failure: result.failure }),
    }
  }
}

function outcomeOf(result: {
  files: readonly { status: string }[]
  linesRejected: number
}): string {
  const loaded = result.files.filter(
    (file) => file.status === 'loaded' || file.status === 'changed',
  ).length
  if (loaded === 0) return 'nothing new'
  const rejected = result.linesRejected === 0 ? '' : `, ${result.linesRejected} rejected`
  return `${loaded} file${loaded === 1 ? '' : 's'}${rejected}`
}
