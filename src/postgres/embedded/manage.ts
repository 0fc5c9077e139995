/**
 * What `dataform db` does beside using the server: looking, stopping, deleting.
 */
import { readdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CommandError } from '../../failure/types.js'
import { findControl, type Control } from './control.js'
import { withLock } from './lock.js'
import type { Place } from './place.js'
import { isPostmasterAlive, readPostmasterFile } from './postmaster.js'
import type { ServerStatus } from './protocol.js'
import { startLockPath, useServer } from './server.js'

/** A project's server, running or not. */
export interface ServerOverview {
  /** Undefined when it does not run. */
  readonly running: ServerStatus | undefined
  readonly dataDir: string
  /** Bytes of the cluster's files; undefined when there is no cluster yet. */
  readonly bytes: number | undefined
}

/** Looks at a project's server without starting it. */
export async function inspectServer(place: Place): Promise<ServerOverview> {
  const control = await findControl(place.dataDir)
  const reply = await control?.ask({ type: 'status' })
  control?.close()
  return {
    running: reply?.type === 'status' ? reply.status : await findOrphan(place),
    dataDir: place.dataDir,
    bytes: await folderSize(place.dataDir),
  }
}

/** A server whose supervisor was killed: nobody listens, but it runs. */
async function findOrphan(place: Place): Promise<ServerStatus | undefined> {
  const file = await readPostmasterFile(place.dataDir)
  if (file?.dataDir !== place.dataDir || !(await isPostmasterAlive(file.pid))) return undefined
  return {
    pid: file.pid,
    host: file.socketDir,
    port: file.port,
    startedAt: file.startedAt.toISOString(),
    kept: false,
    users: [],
  }
}

/** What `stopServer` found and did. */
export type StopOutcome =
  | { readonly kind: 'not-running' }
  | { readonly kind: 'stopped' }
  /** It is no longer kept; it stops when these commands end. */
  | { readonly kind: 'in-use'; readonly status: ServerStatus }

/**
 * Stops the server, or, where other commands use it and `force` is not given, lets it stop after
 * them. Resolves when it has stopped.
 */
export async function stopServer(
  place: Place,
  options: { readonly force: boolean },
): Promise<StopOutcome> {
  const control = await findControl(place.dataDir)
  if (control !== undefined) return askToStop(control, options.force)
  if ((await findOrphan(place)) === undefined) return { kind: 'not-running' }
  // A new supervisor takes it over, and stops it with its only user.
  const use = await useServer(place, { what: 'dataform db stop' })
  await use.release()
  return { kind: 'stopped' }
}

async function askToStop(control: Control, force: boolean): Promise<StopOutcome> {
  const reply = await control.ask({ type: 'unkeep' })
  if (reply?.type === 'status' && reply.status.users.length > 0 && !force) {
    control.close()
    return { kind: 'in-use', status: reply.status }
  }
  await control.finish({ type: 'stop' })
  return { kind: 'stopped' }
}

/**
 * Stops the server and deletes the cluster with all its data. The next use creates a new one.
 * @throws CommandError if another command uses it
 */
export async function deleteCluster(place: Place): Promise<void> {
  // Looked at first, because asking to stop would end a server's being kept.
  const { running } = await inspectServer(place)
  if (running !== undefined && running.users.length > 0) {
    const users = running.users.map((use) => `${use.what} (process ${use.pid})`).join(', ')
    throw inUse(`The database is in use by ${users}.`)
  }
  const outcome = await stopServer(place, { force: false })
  if (outcome.kind === 'in-use') throw inUse('Another command has just begun to use the database.')
  await withLock(startLockPath(place), async () => {
    // Somebody may have started it again meanwhile.
    const control = await findControl(place.dataDir)
    control?.close()
    if (control !== undefined) throw inUse('Another command has just started the database.')
    await rm(place.dataDir, { recursive: true, force: true })
    await rm(join(place.stateDir, 'password'), { force: true })
    if (dirname(place.dataDir) !== place.stateDir) {
      await rm(dirname(place.dataDir), { recursive: true, force: true })
      await rm(join(place.stateDir, 'location.json'), { force: true })
    }
  })
}

function inUse(message: string): CommandError {
  return new CommandError(message, { hint: 'Wait for it to end. The data is untouched.' })
}

/** Sum of the files' sizes; files that vanish while it looks count nothing. */
async function folderSize(path: string): Promise<number | undefined> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => undefined)
  if (entries === undefined) return undefined
  const sizes = await Promise.all(
    entries.map((entry) => {
      const inner = join(path, entry.name)
      if (entry.isDirectory()) return folderSize(inner)
      return stat(inner).then(
        (found) => found.size,
        () => 0,
      )
    }),
  )
  return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0)
}
