/**
 * The process that starts a project's server, counts the commands that use it, and stops it after
 * the last one. A command's connection to it ends however the command ends, so even a killed one is
 * noticed. It outlives the command that started it and is not in its process group.
 *
 * Run with the place as JSON in its only argument; reports on standard output (see `StartReport`).
 */
import type { ChildProcess } from 'node:child_process'
import { closeSync, fchownSync, openSync, writeSync } from 'node:fs'
import { chmod, chown, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { CommandError } from '../../failure/types.js'
import { prepareBinaries, type Binaries } from './binaries.js'
import { prepareCluster } from './cluster.js'
import { connectControl } from './control.js'
import type { Place } from './place.js'
import {
  isPostmasterAlive,
  readPostmasterFile,
  SOCKET_PORT,
  spawnPostmaster,
  stopPostmaster,
  type PostmasterFile,
} from './postmaster.js'
import { controlPath, type StartReport } from './protocol.js'
import { canEnter } from './server-user.js'
import { Supervision, type WatchedServer } from './supervision.js'

const POLL_MS = 10
const REASON_LINES = 3
const ADOPTED_POLL_MS = 100
/** How the names of the sockets' folders begin. */
const SOCKET_PREFIX = 'dataform-'
/** How long another server of the same cluster may take to end. Recovery after a crash is not counted. */
const BUSY_MS = 150_000
const LOG_BYTES = 5_000_000
/** The longest path of a Unix socket that every system allows, without the final zero. */
const SOCKET_PATH_BYTES = 103

/** A server with the ones who watch it. */
interface StartedServer {
  readonly server: WatchedServer
  readonly supervision: Supervision
  readonly socketDir: string
}

function report(message: StartReport): void {
  try {
    writeSync(1, `${JSON.stringify(message)}\n`)
  } catch {
    // The command that asked is gone. Others may use the server.
  }
}

async function main(place: Place): Promise<void> {
  const binaries = await prepareBinaries(place.binaryCache, place.serverUser)
  const started = await startOrAdopt(place, binaries)
  report({ type: 'ready' })
  // Another supervisor has the server: the command will find it.
  if (started === undefined) return
  await started.supervision.supervise(started.server)
  await removeSocketDir(started.socketDir)
  // Last, because whoever waits for the end of the server waits for this.
  started.supervision.close()
}

async function startOrAdopt(place: Place, binaries: Binaries): Promise<StartedServer | undefined> {
  const deadline = Date.now() + BUSY_MS
  for (;;) {
    const file = await readPostmasterFile(place.dataDir)
    const alive = file?.dataDir === place.dataDir && (await isPostmasterAlive(file.pid))
    if (file !== undefined && !alive) await disownLeftovers(place, file)
    if (file !== undefined && alive) {
      const control = await connectControl(controlPath(place.dataDir, file.socketDir))
      control?.close()
      if (control !== undefined) return undefined
      if (file.status === 'ready') return adopt(place, binaries, file)
    } else {
      const started = await tryStart(place, binaries)
      if (started !== undefined) return started
    }
    if (Date.now() > deadline) {
      throw new CommandError('Another server has the database open and does not end.', {
        hint: `Its process number is in ${join(place.dataDir, 'postmaster.pid')}.`,
      })
    }
    await delay(50)
  }
}

/**
 * A killed server's lock file, or one that came with a copy of the folder. The number in it may be
 * another process's by now, and then the server would not start; this process's own number is one
 * that it takes for nobody's. The rest stays: by it the server sees whether any of the killed
 * one's processes is still writing.
 */
async function disownLeftovers(place: Place, file: PostmasterFile): Promise<void> {
  const path = join(place.dataDir, 'postmaster.pid')
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return
  await writeFile(path, text.replace(/^\d+/, String(process.pid)))
  const isOurs =
    file.dataDir === place.dataDir && basename(file.socketDir).startsWith(SOCKET_PREFIX)
  if (isOurs) await removeSocketDir(file.socketDir)
}

/** A server whose supervisor was killed. It is not this process's child, so its end is polled. */
async function adopt(
  place: Place,
  binaries: Binaries,
  file: PostmasterFile,
): Promise<StartedServer> {
  const control = controlPath(place.dataDir, file.socketDir)
  if (process.platform !== 'win32') await rm(control, { force: true })
  const supervision = new Supervision()
  await supervision.listen(control)
  const ended = (async () => {
    while (await isPostmasterAlive(file.pid)) await delay(ADOPTED_POLL_MS)
  })()
  return {
    server: watched(place, binaries, file, ended),
    supervision,
    socketDir: file.socketDir,
  }
}

function watched(
  place: Place,
  binaries: Binaries,
  file: PostmasterFile,
  ended: Promise<void>,
): WatchedServer {
  return {
    pid: file.pid,
    host: file.socketDir === '' ? '127.0.0.1' : file.socketDir,
    port: file.port,
    startedAt: file.startedAt,
    ended,
    stop: () => stopPostmaster(file.pid, { binaries, dataDir: place.dataDir }),
  }
}

/** Undefined if the cluster is still held by a server that is about to end: worth another try. */
async function tryStart(place: Place, binaries: Binaries): Promise<StartedServer | undefined> {
  await prepareCluster(place, binaries, (message) => {
    report({ type: 'progress', message })
  })
  const log = await openLog(place)
  const socketDir = process.platform === 'win32' ? '' : await makeSocketDir(place)
  const supervision = new Supervision()
  try {
    await supervision.listen(controlPath(place.dataDir, socketDir))
    const child = spawnPostmaster({
      binaries,
      dataDir: place.dataDir,
      socketDir,
      tcpPort: process.platform === 'win32' ? await freePort() : undefined,
      logFd: log.fd,
      serverUser: place.serverUser,
    })
    const server = await untilReady(place, binaries, child)
    if (server !== undefined) return { server, supervision, socketDir }
  } catch (error) {
    supervision.close()
    await removeSocketDir(socketDir)
    throw error
  } finally {
    closeSync(log.fd)
  }
  supervision.close()
  await removeSocketDir(socketDir)
  const said = (await readFile(log.path)).subarray(log.start).toString()
  if (/lock file ".*" already exists|pre-existing shared memory block/.test(said)) return undefined
  throw new CommandError(`The embedded database did not start: ${reasonIn(said)}`, {
    hint: `Its log is ${log.path}`,
  })
}

/** The last lines of the log, without their time and what every start says. */
function reasonIn(log: string): string {
  const lines = log
    .split('\n')
    .map((line) => /(?:LOG|FATAL|PANIC|ERROR|HINT|DETAIL): +(.*)$/.exec(line)?.[1])
    .filter(
      (line) => line !== undefined && !/^(starting|skipping|listening|database system)/.test(line),
    )
  return lines.length === 0 ? log.trim() : lines.slice(-REASON_LINES).join('; ')
}

/** Recovery after a crash may take as long as it takes. Undefined if the server ended instead. */
async function untilReady(
  place: Place,
  binaries: Binaries,
  child: ChildProcess,
): Promise<WatchedServer | undefined> {
  const state = { isEnded: false }
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject).once('exit', () => {
      state.isEnded = true
      resolve()
    })
  })
  while (!state.isEnded) {
    const file = await readPostmasterFile(place.dataDir)
    if (file !== undefined && file.pid === child.pid && file.status === 'ready') {
      return watched(place, binaries, file, ended)
    }
    await Promise.race([ended, delay(POLL_MS)])
  }
  return undefined
}

async function removeSocketDir(socketDir: string): Promise<void> {
  if (socketDir !== '') await rm(socketDir, { recursive: true, force: true })
}

/** A folder for the sockets, short enough for their path, that only the server's user can enter. */
async function makeSocketDir(place: Place): Promise<string> {
  for (const parent of [tmpdir(), '/tmp']) {
    const longest = `${parent}/${SOCKET_PREFIX}XXXXXX/.s.PGSQL.${SOCKET_PORT}`
    if (Buffer.byteLength(longest) > SOCKET_PATH_BYTES) continue
    const folder = await mkdtemp(join(parent, SOCKET_PREFIX)).catch(() => undefined)
    if (folder === undefined) continue
    await chmod(folder, 0o700)
    if (place.serverUser === undefined) return folder
    await chown(folder, place.serverUser.uid, place.serverUser.gid)
    if (await canEnter(place.serverUser, folder)) return folder
    await rm(folder, { recursive: true, force: true })
  }
  throw new CommandError('There is no folder for the sockets of the embedded database.', {
    hint: 'Set TMPDIR to a short path that can be written.',
  })
}

async function openLog(place: Place): Promise<{ fd: number; path: string; start: number }> {
  const path = join(place.stateDir, 'server.log')
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  )
  if (size > LOG_BYTES) await rename(path, `${path}.1`)
  const fd = openSync(path, 'a', 0o600)
  // The project's owner must be able to go on with a log that root began.
  if (place.serverUser !== undefined) fchownSync(fd, place.serverUser.uid, place.serverUser.gid)
  return { fd, path, start: size > LOG_BYTES ? 0 : size }
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}

try {
  await main(JSON.parse(process.argv[2] ?? '') as Place)
} catch (error) {
  const message = error instanceof Error ? error.message : String(error)
  const hint = error instanceof CommandError ? error.hint : undefined
  report({ type: 'failed', message, ...(hint !== undefined && { hint }) })
  process.exitCode = 1
}
