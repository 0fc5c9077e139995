/** What is remembered of the files that were loaded: `dataform_state.loads`. */
import { targetKey } from '../graph/target.js'
import type { Target } from '../graph/types.js'
import type { Session } from '../postgres/session.js'
import type { FoundFile } from './storage/types.js'

/** A load as it was recorded. */
export interface RecordedLoad {
  readonly loadId: number
  readonly source: string
  readonly target: string
  readonly path: string
  readonly size: number
  readonly sha256: string
  readonly signature: string | null
  /** The header of a CSV file. */
  readonly header: string | null
  readonly rowsLoaded: number
  readonly linesRejected: number
  readonly linesRead: number
  readonly loadedAt: Date
}

/**
 * The recorded loads of a table in the order of their ids; none where nothing was ever loaded. They are the table's, not the
 * source's: a source that gets another name goes on where it was, one that gets another table begins anew.
 * @param path of one file; of all without
 */
export async function readLoads(
  session: Session,
  target: Target,
  path?: string,
): Promise<readonly RecordedLoad[]> {
  const { rows: installed } = await session.query(
    `select to_regclass('dataform_state.loads') is not null as yes`,
  )
  if (installed[0]?.yes !== true) return []
  const { rows } = await session.query(
    `select load_id::text, source, target, path, size::text, sha256, signature, to_jsonb(l) ->> 'header' as header, rows_loaded::text,
            lines_rejected::text, lines_read::text, (extract(epoch from loaded_at) * 1000)::float8::text as loaded_ms
     from dataform_state.loads l
     where target = $1 and ($2::text is null or path = $2)
     order by l.load_id`,
    [targetKey(target), path ?? null],
  )
  return rows.map((row) => ({
    loadId: Number(row.load_id),
    source: String(row.source),
    target: String(row.target),
    path: String(row.path),
    size: Number(row.size),
    sha256: String(row.sha256),
    signature: typeof row.signature === 'string' ? row.signature : null,
    header: typeof row.header === 'string' ? row.header : null,
    rowsLoaded: Number(row.rows_loaded),
    linesRejected: Number(row.lines_rejected),
    linesRead: Number(row.lines_read),
    loadedAt: new Date(Number(row.loaded_ms)),
  }))
}

/** Gives the id of a new load. Ids of loads that were rolled back are not used again. */
export async function nextLoadId(session: Session): Promise<number> {
  const { rows } = await session.query(
    `select nextval('dataform_state.loads_load_id_seq')::text as load_id`,
  )
  return Number(rows[0]?.load_id)
}

/** Records a load; in the transaction that made its rows. */
export async function recordLoad(
  session: Session,
  load: Omit<RecordedLoad, 'loadedAt'>,
): Promise<void> {
  await session.query(
    `insert into dataform_state.loads
       (load_id, source, target, path, size, sha256, signature, header, rows_loaded, lines_rejected, lines_read)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      load.loadId,
      load.source,
      load.target,
      load.path,
      load.size,
      load.sha256,
      load.signature,
      load.header?.replaceAll('\0', '\uFFFD') ?? null,
      load.rowsLoaded,
      load.linesRejected,
      load.linesRead,
    ],
  )
}

/** Notes how a file looks that was read and found to be loaded already, so that the next run need not read it. */
export async function recordSignature(
  session: Session,
  loadId: number,
  signature: string,
): Promise<void> {
  await session.query('update dataform_state.loads set signature = $2 where load_id = $1', [
    loadId,
    signature,
  ])
}

/**
 * How long a file must have been left alone before its signature is trusted, in milliseconds. Within
 * one tick of the file system's clock a second change would leave the same signature.
 */
const SETTLED_MS = 2000

/**
 * The signature that may stand for the file's contents from now on, or null.
 * @param readAtMs when reading began, in milliseconds since 1970
 */
export function trustedSignature(file: FoundFile, readAtMs: number): string | null {
  const isSettled = file.changedAtMs === null || readAtMs - file.changedAtMs > SETTLED_MS
  return isSettled ? file.signature : null
}
