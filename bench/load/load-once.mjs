/**
 * Loads the files of one source once and prints what it took, as JSON. A process of its own, so that
 * its memory is the loader's alone.
 *
 *     DATABASE_URL=... node load-once.mjs <data root> <pattern>
 */
import { readFileSync } from 'node:fs'
import { resolveConnection } from './connection.mjs'
import { LocalFolder, loadSource, openDatabase } from '../../dist/bench/engine.js'
import { COLUMNS } from './sample.mjs'

const [dataRoot, pattern] = process.argv.slice(2)
const source = {
  name: 'interactions',
  description: '',
  paths: [pattern],
  format: /\.(csv|parquet)(\.gz)?$/.exec(pattern)?.[1] ?? 'json',
  // As `\copy` reads them.
  csv: { delimiter: ',', header: false },
  target: { schema: 'raw', name: 'interactions' },
  columns: COLUMNS.map((name) => ({ name, type: 'text', description: '' })),
  aliases: {},
  mode: 'append',
  tags: [],
  line: 1,
}

const started = performance.now()
const database = openDatabase(await resolveConnection(), { maxConnections: 1 })
const result = await loadSource(database, source, { dataRoot: new LocalFolder(dataRoot) })
await database.close()
console.log(
  JSON.stringify({
    ms: performance.now() - started,
    cpuMs: (process.cpuUsage().user + process.cpuUsage().system) / 1000,
    peakBytes: peakBytes(),
    rows: result.rowsLoaded,
    rejected: result.linesRejected,
    failure: result.failure,
  }),
)

/** What `resourceUsage` says begins with the memory of the process that started this one. */
function peakBytes() {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))
  return Number(kilobytes) * 1024
}
