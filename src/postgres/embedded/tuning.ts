/**
 * The embedded server's configuration, from the size of the machine.
 */
import { statfs } from 'node:fs/promises'
import { availableParallelism, totalmem } from 'node:os'

/** What the configuration is made from. */
export interface Machine {
  /** Bytes of memory that this process group may use. */
  readonly memory: number
  readonly cpus: number
  /** Bytes of shared memory (`/dev/shm`) that may be used; containers often have 64 MB. */
  readonly sharedMemory: number
}

const MB = 1024 * 1024

/**
 * PostgreSQL looks through all of its buffers whenever a transaction that has dropped a table commits: 2 ms for every
 * rebuilt table with 2 GB of them, most of which the system's own cache would give as well.
 */
const MOST_SHARED_BUFFERS_MB = 512

/** Looks at the machine, or at the container if that has a limit of its own. */
export async function measureMachine(): Promise<Machine> {
  // 0 or an absurdly big number where there is no limit; missing on some systems.
  const limit = process.constrainedMemory()
  const memory = limit > 0 ? Math.min(limit, totalmem()) : totalmem()
  const sharedMemory = await statfs('/dev/shm').then(
    (disk) => disk.blocks * disk.bsize,
    () => Number.POSITIVE_INFINITY,
  )
  return { memory, cpus: availableParallelism(), sharedMemory }
}

function between(low: number, value: number, high: number): number {
  return Math.round(Math.min(high, Math.max(low, value)))
}

/**
 * The text of `postgresql.conf`: for building tables in bulk on a machine shared with the command
 * itself. Durability stays on (`fsync`); replication, which nobody uses here, is off, so that a
 * table made in the transaction that fills it is not written twice.
 */
export function serverConfiguration(machine: Machine): string {
  const mb = machine.memory / MB
  const settings: readonly (readonly [string, string])[] = [
    ['wal_level', 'minimal'],
    ['max_wal_senders', '0'],
    ['max_connections', '100'],
    ['shared_buffers', `${between(64, mb / 4, MOST_SHARED_BUFFERS_MB)}MB`],
    ['effective_cache_size', `${between(128, mb / 2, 65536)}MB`],
    ['work_mem', `${between(8, mb / 256, 128)}MB`],
    ['maintenance_work_mem', `${between(64, mb / 16, 1024)}MB`],
    ['max_wal_size', `${between(512, mb / 4, 4096)}MB`],
    ['checkpoint_timeout', '15min'],
    ['wal_compression', 'on'],
    ['max_locks_per_transaction', '256'],
    ['random_page_cost', '1.1'],
    ['max_parallel_workers_per_gather', String(between(0, machine.cpus / 2, 4))],
    ['jit', 'off'],
    ['dynamic_shared_memory_type', machine.sharedMemory < 1024 * MB ? 'mmap' : 'posix'],
    ['timezone', 'UTC'],
    ['log_timezone', 'UTC'],
    ['lc_messages', 'C'],
    ['datestyle', 'iso, ymd'],
    ['default_text_search_config', 'pg_catalog.english'],
    ['log_checkpoints', 'off'],
    ['password_encryption', 'scram-sha-256'],
  ]
  const lines = settings.map(([name, value]) => `${name} = '${value}'`)
  return [
    '# Written at every start. Settings of your own go into user.conf beside this file.',
    ...lines,
    "include_if_exists = 'user.conf'",
    '',
  ].join('\n')
}
