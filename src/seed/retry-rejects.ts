/**
 * `dataform seed --retry-rejects`: what was rejected is read again, after a declaration was corrected.
 */
import type { ActionFailure } from '../failure/types.js'
import { targetKey } from '../graph/target.js'
import { inTransaction } from '../postgres/in-transaction.js'
import type { Database, Session } from '../postgres/session.js'
import type { SeedSource } from './declaration.js'
import { copyRows } from './load-file.js'
import { metaColumns, type LoadIdentity } from './load-writer.js'
import { lockLoads } from './modes.js'
import { ensureRawTable } from './raw-table.js'
import { CUT_NOTE } from './rejects.js'
import { rereaderOf, type Kept, type Rereader } from './reread.js'
import { nextLoadId, readLoads, recordLoad, type RecordedLoad } from './state.js'

/** Rejects that are read from the database at a time. */
const BATCH = 1000

/** What became of the rejects of one load. */
export interface RetriedLoad {
  readonly path: string
  /** The load that had rejected them. */
  readonly of: number
  readonly tried: number
  readonly loaded: number
  /** The load that has the rows; null if there are none. */
  readonly loadId: number | null
}

/**
 * Reads the rejects of a source whose files are appended again, load by load. Those that are rows now become a load of
 * their own, since models move on load ids, and are rejects no more: lines read = rows loaded + lines rejected holds for
 * both loads.
 */
export async function retryRejects(
  database: Database,
  source: SeedSource,
): Promise<readonly RetriedLoad[] | ActionFailure> {
  return database.withSession(async (session) => {
    const failure = await ensureRawTable(session, source)
    if (failure !== null) return failure
    const retried: RetriedLoad[] = []
    for (const load of await readLoads(session, source.target))
      if (load.linesRejected > 0)
        retried.push(await inTransaction(session, () => retryLoad(session, source, load)))
    return retried
  })
}

async function retryLoad(
  session: Session,
  source: SeedSource,
  load: RecordedLoad,
): Promise<RetriedLoad> {
  await lockLoads(session, source)
  const loadId = await nextLoadId(session)
  const identity: LoadIdentity = { file: load.path, loadId, extractDate: null }
  const rereader = rereaderOf(source, identity, load.header)
  const nothing = { path: load.path, of: load.loadId, loadId: null, loaded: 0 }
  if (rereader === null) return { ...nothing, tried: 0 }
  const columns = [...source.columns.map(({ name }) => name), ...metaColumns(identity)]
  // What was cut has no end, and what could not be decompressed has no text.
  await session.query(
    `declare rejects cursor for
select ctid::text as place, "_line"::text as line, encode(coalesce("_bytes", convert_to("_text", 'UTF8')), 'base64') as text, "_bytes" is not null as is_raw
from "raw"."rejects" where "_load_id" = $1 and "_text" <> '' and position($2 in "detail") = 0
order by "_line"`,
    [load.loadId, CUT_NOTE],
  )
  let tried = 0
  for (;;) {
    const { rows } = await session.query(`fetch ${BATCH} from rejects`)
    if (rows.length === 0) break
    tried += rows.length
    await retryBatch(session, source, columns, rereader, rows)
  }
  await session.query('close rejects')
  const loaded = rereader.writer.rowsLoaded
  if (loaded === 0) return { ...nothing, tried }
  await session.query(
    `update dataform_state.loads set lines_read = lines_read - $2, lines_rejected = lines_rejected - $2 where load_id = $1`,
    [load.loadId, loaded],
  )
  await recordLoad(session, {
    ...load,
    loadId,
    source: source.name,
    target: targetKey(source.target),
    rowsLoaded: loaded,
    linesRead: loaded,
    linesRejected: 0,
  })
  return { path: load.path, of: load.loadId, tried, loaded, loadId }
}

/** Loads what are rows now, and deletes their rejects. */
async function retryBatch(
  session: Session,
  source: SeedSource,
  columns: readonly string[],
  rereader: Rereader,
  rejects: readonly Readonly<Record<string, unknown>>[],
): Promise<void> {
  const places = rejects.filter((row) => rereader.read(keptOf(row))).map((row) => row.place)
  if (places.length === 0) return
  await copyRows(session, source.target, columns, [rereader.writer.rows.take()])
  await session.query(`delete from "raw"."rejects" where ctid = any ($1::tid[])`, [places])
}

function keptOf(row: Readonly<Record<string, unknown>>): Kept {
  const text = Buffer.from(String(row.text), 'base64')
  return { line: Number(row.line), text, isRaw: row.is_raw === true }
}
