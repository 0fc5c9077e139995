/**
 * The server's main process: what its lock file says, whether it lives, starting and stopping it.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Binaries } from './binaries.js'
import type { ServerUser } from './server-user.js'

/** What `postmaster.pid` says. The server writes it and refuses to start where another's is alive. */
export interface PostmasterFile {
  readonly pid: number
  readonly dataDir: string
  readonly startedAt: Date
  readonly port: number
  /** Folder of the Unix socket; empty where there is none. */
  readonly socketDir: string
  /** `starting`, `ready`, `stopping` or `standby`. */
  readonly status: string
}

/** Reads the lock file of a cluster; undefined if there is none or it is not whole yet. */
export async function readPostmasterFile(dataDir: string): Promise<PostmasterFile | undefined> {
  const text = await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '')
  return parsePostmasterFile(text)
}

/** The lines: process id, data folder, start time, port, socket folder, address, memory key, status. */
export function parsePostmasterFile(text: string): PostmasterFile | undefined {
  const lines = text.split('\n').map((line) => line.trim())
  const pid = Number(lines[0])
  if (!Number.isInteger(pid) || pid <= 0) return undefined
  return {
    pid,
    dataDir: lines[1] ?? '',
    startedAt: new Date(Number(lines[2]) * 1000),
    port: Number(lines[3]),
    socketDir: lines[4] ?? '',
    status: lines[7] ?? 'starting',
  }
}

/** Whether a process with that number exists. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/**
 * Whether that process is a PostgreSQL server. A number is used again (soon, in a container), and a
 * killed process that nobody waits for keeps its number, with an empty command line.
 */
export async function isPostmasterAlive(pid: number): Promise<boolean> {
  if (!isProcessAlive(pid)) return false
  if (process.platform !== 'linux') return true
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined)
  return commandLine === undefined || commandLine.includes('postgres')
}

/** What a server is started with. */
export interface StartOptions {
  readonly binaries: Binaries
  readonly dataDir: string
  readonly socketDir: string
  /** A port of the loopback address, or undefined for the Unix socket alone. */
  readonly tcpPort: number | undefined
  /** Open file that takes what the server says. */
  readonly logFd: number
  readonly serverUser: ServerUser | undefined
}

/** The number in the name of the Unix socket. */
export const SOCKET_PORT = 5432

/** Starts the server as a child of this process; does not wait for it to be ready. */
export function spawnPostmaster(options: StartOptions): ChildProcess {
  const settings = [
    // Quoted, because the setting is a list and a folder's name may hold a comma.
    `unix_socket_directories=${process.platform === 'win32' ? '' : `"${options.socketDir}"`}`,
    'unix_socket_permissions=0700',
    `listen_addresses=${options.tcpPort === undefined ? '' : '127.0.0.1'}`,
    `port=${options.tcpPort ?? SOCKET_PORT}`,
  ]
  return spawn(
    options.binaries.postgres,
    ['-D', options.dataDir, ...settings.flatMap((setting) => ['-c', setting])],
    {
      cwd: '/',
      env: serverEnvironment(),
      stdio: ['ignore', options.logFd, options.logFd],
      ...runAs(options.serverUser),
    },
  )
}

/** The environment of the server's programs: nothing of the caller's `PG*`, messages in English. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, SYSTEMROOT: process.env.SYSTEMROOT, LC_ALL: 'C', TZ: 'UTC' }
}

/** The part of spawn's options that makes a program run as that user. */
export function runAs(user: ServerUser | undefined): { uid?: number; gid?: number } {
  return user === undefined ? {} : { uid: user.uid, gid: user.gid }
}

/** Milliseconds after which a server that does not end is told to leave its clients at once. */
const FAST_STOP_MS = 120_000

/**
 * Stops a server: its transactions are rolled back, memory is written to disk.
 * Resolves when the process is gone.
 */
export async function stopPostmaster(
  pid: number,
  options: { readonly binaries: Binaries; readonly dataDir: string },
): Promise<void> {
  if (process.platform === 'win32') {
    const pgCtl = join(dirname(options.binaries.postgres), 'pg_ctl.exe')
    await promisify(execFile)(pgCtl, ['stop', '-D', options.dataDir, '-m', 'fast', '-w'])
    return
  }
  signal(pid, 'SIGINT')
  const deadline = Date.now() + FAST_STOP_MS
  while (await isPostmasterAlive(pid)) {
    if (Date.now() > deadline) signal(pid, 'SIGQUIT')
    await delay(10)
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
