/**
 * Runs and their results in `dataform_state`.
 */
import { createHash } from 'node:crypto'
import { targetKey } from '../graph/target.js'
import type { Action } from '../graph/types.js'
import { readDatabaseError, sqlstate } from '../postgres/errors.js'
import type { Session } from '../postgres/session.js'
import { quoteLiteral } from '../sql/identifiers.js'

/** Milliseconds that each action took when it last succeeded, by `schema.name`. */
export type Durations = ReadonlyMap<string, number>

/** A result as it is kept. */
export interface RecordedResult {
  readonly target: string
  readonly type: string
  readonly status: string
  readonly outcome: string
  readonly duration_ms: number
  readonly row_count: number | null
  readonly failure: unknown
  readonly fingerprint: string
  /** How many of its groups are committed. */
  readonly groups_done: number
}

/** A run that begins. */
export interface NewRun {
  readonly project: string
  readonly engineVersion: string
  readonly isFullRefresh: boolean
  /** Keys of the actions that it is to execute. */
  readonly selected: readonly string[]
}

/** Records the beginning of a run, in a transaction of its own, and gives its id. */
export async function recordStart(session: Session, run: NewRun): Promise<number> {
  const { rows } = await session.query(
    `insert into dataform_state.runs (started_at, is_cancelled, project, engine_version, is_full_refresh, selected)
     values (now(), false, $1, $2, $3, $4) returning run_id::text`,
    [run.project, run.engineVersion, run.isFullRefresh, run.selected],
  )
  return Number(rows[0]?.run_id)
}

const COLUMNS =
  'target, type, status, outcome, duration_ms, row_count, failure, fingerprint, groups_done, finished_at'

// jsonb has no place for the character U+0000.
const withoutNul = (_key: string, value: unknown): unknown =>
  typeof value === 'string' ? value.replaceAll('\u0000', '') : value

/**
 * A statement that records results, for the transaction whose results they are. What is there already of an action is
 * replaced.
 */
export function recordResults(runId: number, results: readonly RecordedResult[]): string {
  return `${insertResults(runId, results)}
on conflict (run_id, target) do update set ${UPDATES};`
}

// What is committed stays committed, whatever comes after it.
const UPDATES = COLUMNS.split(', ')
  .filter((column) => column !== 'target')
  .map((column) =>
    column === 'groups_done'
      ? 'groups_done = greatest(action_results.groups_done, excluded.groups_done)'
      : `${column} = excluded.${column}`,
  )
  .join(', ')

function insertResults(runId: number, results: readonly RecordedResult[]): string {
  const text = (value: string): string => quoteLiteral(value.replaceAll('\u0000', ''))
  const rows = results.map((result) =>
    [
      runId,
      text(result.target),
      text(result.type),
      text(result.status),
      text(result.outcome),
      result.duration_ms,
      result.row_count ?? 'null',
      result.failure === null ? 'null' : quoteLiteral(JSON.stringify(result.failure, withoutNul)),
      text(result.fingerprint),
      result.groups_done,
      'clock_timestamp()',
    ].join(', '),
  )
  return `insert into dataform_state.action_results (run_id, ${COLUMNS})
values ${rows.map((row) => `(${row})`).join(',\n  ')}`
}

/**
 * Records the end of a run. Results of actions that succeeded stay as they were recorded with the action, unless it was
 * found only afterwards that nothing was left to do.
 */
export async function recordEnd(
  session: Session,
  runId: number,
  end: { readonly durationMs: number; readonly isCancelled: boolean },
  results: readonly RecordedResult[],
): Promise<void> {
  const done = results.filter((result) => result.status === 'succeeded')
  const others = results.filter((result) => result.status !== 'succeeded')
  await session.query(`begin;
${done.length === 0 ? '' : `${insertResults(runId, done)}\non conflict (run_id, target) do update set status = excluded.status where action_results.status = 'unfinished';`}
${others.length === 0 ? '' : recordResults(runId, others)}
update dataform_state.runs set duration_ms = ${Math.round(end.durationMs)}, is_cancelled = ${end.isCancelled} where run_id = ${runId};
commit;`)
}

/**
 * How long actions took when they last succeeded; empty where nothing is recorded, or may not be read. One look into an
 * index for each action, however long the history is.
 * @param targets keys of the actions
 */
export async function readDurations(
  session: Session,
  targets: readonly string[],
): Promise<Durations> {
  try {
    const { rows } = await session.query(
      `select t.target, last.duration_ms
       from unnest($1::text[]) t(target) cross join lateral (
         select duration_ms from dataform_state.action_results a
         where a.target = t.target and a.status = 'succeeded' order by a.run_id desc limit 1
       ) last`,
      [targets],
    )
    return new Map(rows.map((row) => [String(row.target), Number(row.duration_ms)]))
  } catch (error) {
    if (isMissing(error)) return new Map()
    throw error
  }
}

/** An action of a run that failed, was skipped, was not reached, or did not come to its end. */
export interface UnfinishedAction {
  /** `schema.name`. */
  readonly target: string
  readonly groupsDone: number
  /** That of the SQL which was executed; null if it was not reached. */
  readonly fingerprint: string | null
}

/** The last run of a project, and what is left of it. */
export interface LastRun {
  readonly runId: number
  readonly isFullRefresh: boolean
  /** In the order of the run. */
  readonly unfinished: readonly UnfinishedAction[]
}

/** Reads the last run of a project; undefined if there is none, or nothing may be read. */
export async function readLastRun(session: Session, project: string): Promise<LastRun | undefined> {
  try {
    const { rows } = await session.query(
      `select r.run_id::text, r.is_full_refresh,
         (
           select coalesce(json_agg(json_build_object('target', s.target, 'groupsDone', coalesce(a.groups_done, 0),
             'fingerprint', a.fingerprint) order by s.position), '[]')
           from unnest(r.selected) with ordinality s(target, position)
           left join dataform_state.action_results a on a.run_id = r.run_id and a.target = s.target
           where a.status is null or a.status not in ('succeeded', 'warned', 'disabled')
         ) as unfinished
       from dataform_state.runs r where r.project = $1 order by r.run_id desc limit 1`,
      [project],
    )
    const row = rows[0]
    if (row === undefined) return undefined
    return {
      runId: Number(row.run_id),
      isFullRefresh: row.is_full_refresh === true,
      unfinished: row.unfinished as readonly UnfinishedAction[],
    }
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

function isMissing(error: unknown): boolean {
  const code = readDatabaseError(error)?.sqlstate
  return (
    code === sqlstate.undefinedTable ||
    code === sqlstate.undefinedColumn ||
    code === sqlstate.invalidSchemaName ||
    code === sqlstate.insufficientPrivilege
  )
}

/** A hash of everything that an action sends of the project's own text. */
export function fingerprintOf(action: Action): string {
  const texts: unknown = {
    ...action,
    dependencies: action.dependencies.map(targetKey),
    fileName: undefined,
    tags: undefined,
    description: undefined,
    columns: undefined,
  }
  return createHash('md5').update(JSON.stringify(texts)).digest('hex')
}

/** A query that gives a row if a run has committed so many groups of an action: what it has written itself is the proof. */
export function committedGroups(runId: number, target: string, groups: number): string {
  return `select from dataform_state.action_results where run_id = ${runId} and target = ${quoteLiteral(target)} and groups_done >= ${groups}`
}
