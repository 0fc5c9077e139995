/**
 * A lock among commands that start or delete the server of one project.
 *
 * It saves work; it is not what keeps the data safe: the server's own lock file lets one server open
 * a cluster, and a cluster appears under its name by one rename. So the one race that a lock file
 * cannot rule out (two commands take over the same stale lock) costs a failed start, no data.
 */
import { open, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { isProcessAlive } from './postmaster.js'

/** The holder touches its lock this often. */
const HEARTBEAT_MS = 1000
/** A lock not touched for so long belongs to nobody, even if its process number lives (again). */
const STALE_MS = 15_000
const POLL_MS = 20

/** A lock that this process has. */
export interface Lock {
  /** Names the process that goes on with the work if this one is killed; the lock lasts as long as it. */
  passTo(pid: number): Promise<void>
  release(): Promise<void>
}

/** Tries to take the lock once; undefined if somebody has it. */
export async function tryLock(path: string): Promise<Lock | undefined> {
  await removeStale(path)
  try {
    const file = await open(path, 'wx', 0o600)
    await file.writeFile(String(process.pid))
    await file.close()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined
    throw error
  }
  const heartbeat = setInterval(() => {
    const now = new Date()
    utimes(path, now, now).catch(() => undefined)
  }, HEARTBEAT_MS)
  heartbeat.unref()
  return {
    passTo: (pid) => writeFile(path, String(pid)),
    release: async () => {
      clearInterval(heartbeat)
      await rm(path, { force: true })
    },
  }
}

/** Waits until the lock is given, calls `use`, gives it back. */
export async function withLock<T>(path: string, use: () => Promise<T>): Promise<T> {
  for (;;) {
    const lock = await tryLock(path)
    if (lock === undefined) {
      await delay(POLL_MS)
      continue
    }
    try {
      return await use()
    } finally {
      await lock.release()
    }
  }
}

async function removeStale(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return
  const pid = Number(await readFile(path, 'utf8').catch(() => ''))
  const untouched = Date.now() - found.mtimeMs > STALE_MS
  // Just made and not written yet: the number is missing.
  const isDead = pid > 0 && !isProcessAlive(pid)
  if (!isDead && !untouched) return
  const aside = `${path}.stale-${process.pid}`
  // A rename, not a removal: of two that find it stale, one gets it.
  await rename(path, aside).catch(() => undefined)
  await rm(aside, { force: true })
}
