/**
 * The real command, which is killed, and which goes on where it was.
 */
import { connectionUrl } from '../../src/postgres/settings.js'
import { startCommand } from '../support/project.js'
import type { RunningCommand } from '../support/project.js'
import type { Arena, Generation } from './arena.js'
import type { Disturbance, NextRun } from './rounds.js'

function startRun(arena: Arena, { gen }: Generation, flags: readonly string[]): RunningCommand {
  return startCommand(arena.project.dir, ['run', '--jobs', '4', `--vars=gen=${gen}`, ...flags], {
    DATABASE_URL: connectionUrl(arena.settings),
  })
}

/** After the event the server is looked at up to so many times. */
const LOOKS = 20

/** Kills the command after a random event of its run, and then some time. */
export const kill: Disturbance = async (arena, generation, random) => {
  const { child, ended, output } = startRun(arena, generation, ['--json'])
  const count = (type: string): number => output().stdout.split(`"type":"${type}`).length - 1
  const state = { isOver: false }
  const wanted = random.between(1, generation.events - 1)
  await new Promise<void>((resolve) => {
    child.stdout?.on('data', () => {
      if (count('') >= wanted) resolve()
    })
    void ended.then(() => {
      state.isOver = true
      resolve()
    })
  })
  for (let looks = random.below(LOOKS); looks > 0 && !state.isOver; looks--)
    await arena.rows('select 1')
  child.kill('SIGKILL')
  const { signal, stderr } = await ended
  const isUnderWay = count('run-started') > 0 && count('run-finished') === 0
  return {
    outcome: { problems: stderr === '' ? [] : [stderr], isRecorded: count('run-started') > 0 },
    wasKilled: signal === 'SIGKILL',
    hit:
      signal === 'SIGKILL' && isUnderWay
        ? `SIGKILL with ${count('action-finished')} actions done`
        : null,
  }
}

/** `dataform run --resume`, if the killed run can be resumed; else a run of this process. */
export const resumedByCommand: NextRun = async (arena, generation, isResumed) => {
  if (!isResumed) return (await arena.run(generation)).problems
  const { code, stdout, stderr } = await startRun(arena, generation, ['--resume']).ended
  return code === 0 ? [] : [`${stdout}${stderr}`]
}
