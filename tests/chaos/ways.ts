/**
 * Every way of disturbing runs, and how many of them.
 */
import { atStatement } from './at-statement.js'
import { kill, resumedByCommand } from './command.js'
import type { CrashServer } from './crash-server.js'
import { fillLocks, fillTemporaryFiles } from './full.js'
import { crash, cut, killBackend } from './kills.js'
import type { Disturbance, RoundOptions } from './rounds.js'
import { STRATEGIES } from './strategies/all.js'

/** One way. */
export interface Way extends RoundOptions {
  readonly name: string
  readonly disturb: (server: CrashServer) => Disturbance
}

const LOST = /the connection was lost|terminating connection/
const killedBackends = { disturb: () => killBackend, says: LOST }
const killedAt = { disturb: () => atStatement('kill'), says: LOST }
const crashes = { disturb: crash, says: LOST }
const cuts = { disturb: cut, says: LOST }

/** Each strategy's runs are disturbed in all of these ways. */
export const WAYS: readonly Way[] = [
  {
    name: 'the client is killed',
    times: 6,
    disturb: () => kill,
    says: /^$/,
    nextRun: resumedByCommand,
  },
  { name: 'a backend is killed', times: 3, ...killedBackends },
  { name: 'a backend is killed, with retries', times: 3, ...killedBackends, retries: true },
  { name: 'a backend is killed in a statement', times: 3, ...killedAt },
  {
    name: 'a backend is killed in a statement, with retries',
    times: 3,
    ...killedAt,
    retries: true,
  },
  { name: 'the server crashes', times: 3, ...crashes },
  { name: 'the server crashes, with retries', times: 3, ...crashes, retries: true },
  { name: 'a connection is cut', times: 3, ...cuts },
  { name: 'a connection is cut, with retries', times: 3, ...cuts, retries: true },
  { name: 'the disk is full', times: 4, disturb: () => atStatement('full'), says: /no space left/ },
  {
    name: 'there is no room for temporary files',
    times: 3,
    disturb: () => fillTemporaryFiles,
    says: /temp_file_limit/,
  },
  {
    name: 'there is no room for locks',
    times: 3,
    disturb: () => fillLocks,
    says: /out of shared memory/,
  },
]

/** How many runs of all strategies together are hit; each test goes on until its share has been. */
export const HITS = Object.keys(STRATEGIES).length * WAYS.reduce((sum, { times }) => sum + times, 0)
