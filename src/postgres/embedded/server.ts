/**
 * A command's use of the embedded server: found running, or started.
 */
import { spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { CommandError } from '../../failure/types.js'
import { builtProgram } from '../../package-root.js'
import type { ConnectionSettings } from '../settings.js'
import { EMBEDDED_DATABASE, EMBEDDED_USER, readPassword } from './cluster.js'
import { findControl, type Control } from './control.js'
import { tryLock, type Lock } from './lock.js'
import type { Place } from './place.js'
import { isPostmasterAlive } from './postmaster.js'
import type { ServerStatus, StartReport } from './protocol.js'

/** The server, in use by this command until it is released. */
export interface ServerInUse {
  readonly settings: ConnectionSettings
  readonly status: ServerStatus
  /** Makes the server stay after its last user, until `unkeep` or `stop`. */
  keep(): Promise<void>
  /** Gives the server back. The last user's call resolves when the server has stopped. */
  release(): Promise<void>
}

/** How a command asks for the server. */
export interface UseOptions {
  /** What the command is, for `dataform db status`: `dataform run`. */
  readonly what: string
  /** Takes a line for people when something takes its time. */
  readonly onProgress?: (message: string) => void
}

const POLL_MS = 20

/** The path of the lock among commands that start or delete the server. */
export function startLockPath(place: Place): string {
  return join(place.stateDir, 'start.lock')
}

/**
 * Uses the project's server, starting it (and creating its cluster) if need be.
 * @throws CommandError if it cannot be started
 */
export async function useServer(place: Place, options: UseOptions): Promise<ServerInUse> {
  const found = await register(place, options)
  return new Use(
    place,
    options,
    found.control,
    found.status,
    await settingsFor(place, found.status),
  )
}

interface Registration {
  readonly control: Control
  readonly status: ServerStatus
}

async function register(place: Place, options: UseOptions): Promise<Registration> {
  let told = false
  const use = { pid: process.pid, what: options.what }
  for (;;) {
    const control = await findControl(place.dataDir)
    if (control !== undefined) {
      const reply = await control.ask({ type: 'use', use })
      if (reply?.type === 'status') return { control, status: reply.status }
      // It is stopping, or did so just now.
      if (reply?.type === 'stopping') await control.closed
      control.close()
    }
    await mkdir(place.stateDir, { recursive: true, mode: 0o700 })
    const lock = await tryLock(startLockPath(place))
    if (lock === undefined) {
      if (!told) options.onProgress?.('waiting for the server that another command starts')
      told = true
      await delay(POLL_MS)
      continue
    }
    try {
      // Somebody may have started it between the look and the lock.
      const other = await findControl(place.dataDir)
      if (other === undefined) await startSupervisor(place, options, lock)
      else other.close()
    } finally {
      await lock.release()
    }
  }
}

async function settingsFor(place: Place, status: ServerStatus): Promise<ConnectionSettings> {
  const password = await readPassword(place)
  if (password === undefined) {
    throw new CommandError('The password of the embedded database is missing.', {
      hint: 'Stop the server with `dataform db stop --force`; the next start makes a new one.',
    })
  }
  return {
    host: status.host,
    port: status.port,
    user: EMBEDDED_USER,
    password,
    database: EMBEDDED_DATABASE,
    tls: false,
    origin: 'embedded',
  }
}

const SUPERVISOR = builtProgram('postgres/embedded/supervisor.js')

/** Starts the supervisor and waits for its report. */
async function startSupervisor(place: Place, options: UseOptions, lock: Lock): Promise<void> {
  const child = spawn(process.execPath, [SUPERVISOR, JSON.stringify(place)], {
    cwd: '/',
    // A process group and a terminal session of its own: Ctrl-C is for the command alone.
    detached: true,
    // Nothing of the caller's Node options or database variables.
    env: {
      PATH: process.env.PATH,
      TMPDIR: process.env.TMPDIR,
      TEMP: process.env.TEMP,
      SYSTEMROOT: process.env.SYSTEMROOT,
    },
    stdio: ['ignore', 'pipe', 'ignore'],
    windowsHide: true,
  })
  const ended = new Promise<StartReport>((resolve) => {
    const failed = (message: string): void => {
      resolve({ type: 'failed', message })
    }
    child.once('error', (error) => {
      failed(error.message)
    })
    child.once('exit', (code, signal) => {
      failed(`its supervisor ended (${signal ?? code ?? 'unknown'})`)
    })
  })
  if (child.pid !== undefined) await lock.passTo(child.pid)
  const lines = createInterface({ input: child.stdout })
  const reported = new Promise<StartReport>((resolve) => {
    lines.on('line', (line) => {
      const message = JSON.parse(line) as StartReport
      if (message.type === 'progress') options.onProgress?.(message.message)
      else resolve(message)
    })
  })
  // The exit may be seen before the last line is read: the line wins.
  const outcome = await Promise.race([
    reported,
    ended.then(async (end) => Promise.race([reported, delay(200, end)])),
  ])
  lines.close()
  child.stdout.destroy()
  child.unref()
  if (outcome.type === 'failed') {
    throw new CommandError(
      outcome.message,
      outcome.hint === undefined ? {} : { hint: outcome.hint },
    )
  }
}

class Use implements ServerInUse {
  readonly settings: ConnectionSettings
  readonly status: ServerStatus
  readonly #place: Place
  readonly #options: UseOptions
  #control: Control
  #released = false

  constructor(
    place: Place,
    options: UseOptions,
    control: Control,
    status: ServerStatus,
    settings: ConnectionSettings,
  ) {
    this.#place = place
    this.#options = options
    this.#control = control
    this.status = status
    this.settings = settings
    this.#watch()
  }

  async keep(): Promise<void> {
    await this.#control.ask({ type: 'keep' })
  }

  async release(): Promise<void> {
    if (this.#released) return
    this.#released = true
    await this.#control.finish({ type: 'release' })
  }

  /**
   * A supervisor that was killed leaves a server that nobody would stop: while this command lives,
   * it sees to a new one, which takes the server over.
   */
  #watch(): void {
    this.#control.unref()
    void this.#control.closed.then(async () => {
      if (this.#released || !(await isPostmasterAlive(this.status.pid))) return
      try {
        const found = await register(this.#place, { what: this.#options.what })
        this.#control = found.control
        if (this.#hasReleased()) found.control.close()
        else this.#watch()
      } catch {
        // The command's own statements will tell that the server is gone.
      }
    })
  }

  /** Asked anew: it may have become true during a wait. */
  #hasReleased(): boolean {
    return this.#released
  }
}
