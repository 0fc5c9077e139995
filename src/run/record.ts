/**
 * A run's record in `dataform_state`, from its beginning to its end.
 */
import { readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { targetKey } from '../graph/target.js'
import type { Action } from '../graph/types.js'
import { packageVersion } from '../package-root.js'
import { readDatabaseError, sqlstate } from '../postgres/errors.js'
import type { Database } from '../postgres/session.js'
import { migrateState } from '../state/migrate.js'
import { recordEnd, recordStart } from '../state/runs.js'
import type { EventSink, RunReport } from './events.js'
import { recorded } from './results.js'

/** SQLSTATEs of a role that may not write there, and of a server that lets nobody write. */
const MAY_NOT: ReadonlySet<string> = new Set([sqlstate.insufficientPrivilege, '25006'])

/** A run that is being recorded, or one that can't be. */
export interface RunRecord {
  /** Null if nothing is recorded. */
  readonly runId: number | null
  /** Records what is not recorded yet. */
  end(report: RunReport): Promise<void>
}

/** What a record begins with. */
export interface RecordOptions {
  readonly projectDir: string
  readonly isFullRefresh: boolean
  readonly actions: readonly Action[]
  readonly onEvent: EventSink
}

/**
 * Begins to record a run. Where the role may not write `dataform_state` the run goes on without, with a warning.
 * @throws CommandError if a newer version of the engine has been here; the driver's error for any other failure
 */
export async function beginRecord(database: Database, options: RecordOptions): Promise<RunRecord> {
  const { actions, onEvent } = options
  const complain = (error: unknown): void => {
    const reason = readDatabaseError(error)?.message
    if (reason === undefined) throw error
    onEvent({ type: 'warning', message: `the run is not recorded in dataform_state: ${reason}` })
  }
  const byKey = new Map(actions.map((action) => [targetKey(action.target), action]))
  try {
    const runId = await database.withSession(async (session) => {
      await migrateState(session)
      return recordStart(session, {
        project: projectName(options.projectDir),
        engineVersion: packageVersion(),
        isFullRefresh: options.isFullRefresh,
        selected: [...byKey.keys()],
      })
    })
    return {
      runId,
      end: async (report) => {
        const results = report.results.flatMap((result) => {
          const action = byKey.get(targetKey(result.target))
          return action === undefined ? [] : [recorded(result, action)]
        })
        const end = { durationMs: report.durationMs, isCancelled: report.cancelled }
        try {
          await database.withSession((session) => recordEnd(session, runId, end, results))
        } catch (error) {
          complain(error)
        }
      },
    }
  } catch (error) {
    // Whatever else is wrong (the connection, say) must not go by as a run that may not be recorded.
    if (!MAY_NOT.has(readDatabaseError(error)?.sqlstate ?? '')) throw error
    complain(error)
    return { runId: null, end: () => Promise.resolve() }
  }
}

/** What a project is called in the record: the name in its `package.json`, or that of its folder. */
export function projectName(projectDir: string): string {
  try {
    const text = readFileSync(join(projectDir, 'package.json'), 'utf8')
    const { name } = JSON.parse(text) as { readonly name?: unknown }
    if (typeof name === 'string' && name !== '') return name
  } catch {
    // No package.json, or one that is none.
  }
  return basename(resolve(projectDir))
}
