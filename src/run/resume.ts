/**
 * `dataform run --resume`: what failed, was skipped, or was not reached in the last run.
 */
import { CommandError } from '../failure/types.js'
import { targetKey } from '../graph/target.js'
import type { Action, Graph } from '../graph/types.js'
import type { Session } from '../postgres/session.js'
import { fingerprintOf, readLastRun } from '../state/runs.js'
import type { EventSink } from './events.js'
import { projectName } from './record.js'

/** What is left of a run. */
export interface Unfinished {
  readonly actions: readonly Action[]
  readonly isFullRefresh: boolean
  /** How many groups of an action are committed already, by key; only where its SQL is still the same. */
  readonly done: ReadonlyMap<string, number>
}

/**
 * The actions that the last run of the project has left undone, and whether it was a full refresh, which this one
 * then is too.
 * @throws CommandError (exit code 2) if there was no run
 */
export async function selectUnfinished(
  session: Session,
  graph: Graph,
  projectDir: string,
  onEvent: EventSink,
): Promise<Unfinished> {
  const last = await readLastRun(session, projectName(projectDir))
  if (last === undefined)
    throw new CommandError('there is no run of this project to resume', {
      exitCode: 2,
      hint: 'Run without --resume.',
    })
  const wanted = new Map(last.unfinished.map((item) => [item.target, item]))
  const actions = graph.actions.filter(({ target }) => wanted.has(targetKey(target)))
  const gone = wanted.size - actions.length
  const notes = [
    ...(last.isFullRefresh ? ['a full refresh'] : []),
    ...(gone > 0 ? [`${gone} of its actions are no longer in the project`] : []),
  ]
  onEvent({
    type: 'phase',
    phase: 'plan',
    message: `resuming run ${last.runId}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}${actions.length === 0 ? ': nothing is left to do' : ''}`,
  })
  const done = actions.flatMap((action): [string, number][] => {
    const key = targetKey(action.target)
    const item = wanted.get(key)
    return item !== undefined && item.fingerprint === fingerprintOf(action)
      ? [[key, item.groupsDone]]
      : []
  })
  return { actions, isFullRefresh: last.isFullRefresh, done: new Map(done) }
}
