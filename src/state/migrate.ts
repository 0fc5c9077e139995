/**
 * The schema `dataform_state`, made and kept up to date by the numbered files in `migrations/`.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandError } from '../failure/types.js'
import { PACKAGE_ROOT } from '../package-root.js'
import { readDatabaseError, sqlstate } from '../postgres/errors.js'
import type { Session } from '../postgres/session.js'

const FOLDER = join(PACKAGE_ROOT, 'src', 'state', 'migrations')

/**
 * Takes the lock under which schemas and shared tables are made, until the transaction ends: creating one twice would
 * collide. What others have made meanwhile is only seen once a table has been locked, hence the second statement.
 */
export const STATE_LOCK = `select pg_advisory_xact_lock(hashtextextended('dataform:state', 0)); select from pg_catalog.pg_namespace limit 0`

interface Migration {
  readonly version: number
  readonly file: string
}

async function migrations(): Promise<readonly Migration[]> {
  const files = (await readdir(FOLDER)).filter((file) => /^\d{4}_\w+\.sql$/.test(file)).sort()
  return files.map((file) => ({ version: Number(file.slice(0, 4)), file }))
}

/** The version of an installed schema; 0 if there is none. */
async function installedVersion(session: Session): Promise<number> {
  try {
    const { rows } = await session.query(
      'select coalesce(max(version), 0) as version from dataform_state.migrations',
    )
    return Number(rows[0]?.version)
  } catch (error) {
    const code = readDatabaseError(error)?.sqlstate
    if (code === sqlstate.undefinedTable || code === sqlstate.invalidSchemaName) return 0
    throw error
  }
}

/**
 * Makes the schema or brings it up to date, in one transaction. Any number of processes may do so at once: one does
 * the work, the others wait for it. Must not be called in a transaction.
 * @throws CommandError if a newer version of the engine has been here; the driver's error if the role may not
 */
export async function migrateState(session: Session): Promise<void> {
  const known = await migrations()
  const latest = known.at(-1)?.version ?? 0
  const before = await installedVersion(session)
  refuseNewer(before, latest)
  if (before === latest) return
  await session.query(`begin; ${STATE_LOCK}`)
  try {
    await session.query(
      `create schema if not exists dataform_state;
create table if not exists dataform_state.migrations (
  version integer primary key,
  applied_at timestamptz not null default now()
);
comment on table dataform_state.migrations is 'One row a change of this schema that has been applied.'`,
    )
    const version = await installedVersion(session)
    refuseNewer(version, latest)
    for (const migration of known.filter((item) => item.version > version)) {
      await session.query(await readFile(join(FOLDER, migration.file), 'utf8'))
      await session.query('insert into dataform_state.migrations (version) values ($1)', [
        migration.version,
      ])
    }
    await session.query('commit')
  } catch (error) {
    await session.query('rollback')
    throw error
  }
}

function refuseNewer(version: number, latest: number): void {
  if (version <= latest) return
  throw new CommandError(
    `the schema dataform_state is of version ${version}, and this dataform knows ${latest}`,
    { hint: 'A newer dataform has been used on this database: use that, or a later one.' },
  )
}
