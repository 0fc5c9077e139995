/**
 * `dataform seed --retry-rejects`: what it does, said in lines.
 */
import { outColor } from './color.js'
import { renderFailure } from '../failure/render-failure.js'
import type { Database } from '../postgres/session.js'
import { formatCount, plural } from '../report/format.js'
import type { SeedSource } from '../seed/declaration.js'
import { retryRejects, type RetriedLoad } from '../seed/retry-rejects.js'

/** Tries the rejects of the sources again and says what became of them; a failure sets the exit code 1. */
export async function retryAndPrint(
  database: Database,
  sources: readonly SeedSource[],
): Promise<void> {
  for (const source of sources) {
    if (source.mode !== 'append') {
      // A part of an extract would be taken for the whole of it.
      process.stdout.write(
        `${outColor.bold(source.name)}: not tried: its files are loaded whole. After a correction drop ${source.target.schema}.${source.target.name}, and they come again.\n`,
      )
      continue
    }
    const retried = await retryRejects(database, source)
    if ('kind' in retried) {
      process.stdout.write(`${renderFailure(retried, outColor)}\n`)
      process.exitCode = 1
      continue
    }
    for (const load of retried) process.stdout.write(`  ${line(load)}\n`)
    const sum = (of: (load: RetriedLoad) => number): number =>
      retried.reduce((total, load) => total + of(load), 0)
    const tried = sum((load) => load.tried)
    const loaded = sum((load) => load.loaded)
    process.stdout.write(
      `${outColor.bold(source.name)}: ${plural(loaded, 'row')} of ${plural(tried, 'rejected line')}\n`,
    )
  }
}

function line({ path, of, tried, loaded, loadId }: RetriedLoad): string {
  const into = loadId === null ? '' : `, as load ${loadId}`
  return `${path} (load ${of})  ${formatCount(loaded)} of ${plural(tried, 'rejected line')} loaded${into}`
}
