/**
 * `dataform run --resume`: what failed, was skipped, or was not reached in the last run.
 */
import { CommandError } from '../failure/types.js'
import { targetKey } from '../graph/target.js'
import type { Action, Graph } from '../graph/types.js'
import type { Session } from '../postgres/session.js'
import { readLastRun } from '../state/runs.js'
import type { EventSink } from './events.js'
import { projectName } from './record.js'

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
): Promise<{ readonly actions: readonly Action[]; readonly isFullRefresh: boolean }> {
  const last = await readLastRun(session, projectName(projectDir))
  if (last === undefined)
    throw new CommandError('there is no run of this project to resume', {
      exitCode: 2,
      hint: 'Run without --resume.',
    })
  const wanted = new Set(last.unfinished)
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
  return { actions, isFullRefresh: last.isFullRefresh }
}
