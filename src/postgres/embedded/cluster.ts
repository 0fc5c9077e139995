/**
 * The embedded server's cluster: creating it once, and its configuration before every start.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmod,
  chown,
  link,
  open,
  readFile,
  readdir,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { CommandError } from '../../failure/types.js'
import { quoteLiteral } from '../../sql/identifiers.js'
import type { Binaries } from './binaries.js'
import { isProcessAlive, runAs, serverEnvironment } from './postmaster.js'
import type { Place } from './place.js'
import { measureMachine, serverConfiguration } from './tuning.js'

/** The superuser of the embedded server. */
export const EMBEDDED_USER = 'postgres'
/** The database that the warehouse is in. */
export const EMBEDDED_DATABASE = 'warehouse'
/** The major version of the embedded server's data. */
const MAJOR = '18'

/** The password of the embedded server; undefined if there is none yet. */
export async function readPassword(place: Place): Promise<string | undefined> {
  return readFile(passwordFile(place), 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  )
}

function passwordFile(place: Place): string {
  return join(place.stateDir, 'password')
}

/**
 * Makes the cluster ready to start: creates it if it is not there, gives it a password if that is
 * lost, writes its configuration.
 * @throws CommandError if `initdb` fails or the data is of another major version
 */
export async function prepareCluster(
  place: Place,
  binaries: Binaries,
  onProgress: (message: string) => void,
): Promise<void> {
  const version = await clusterVersion(place)
  if (version === undefined) {
    onProgress('creating the database')
    await createCluster(place, binaries)
  } else if (version !== MAJOR) {
    throw new CommandError(
      `The data in ${place.dataDir} is of PostgreSQL ${version}; this is PostgreSQL ${MAJOR}.`,
      { hint: 'Delete it with `dataform db reset` and build again.' },
    )
  } else if ((await readPassword(place)) === undefined) {
    const password = await createPassword(place)
    const sql = `ALTER ROLE ${EMBEDDED_USER} PASSWORD ${quoteLiteral(password)}`
    await runSingleUser(place, binaries, place.dataDir, sql)
  }
  await writeOwned(
    place,
    join(place.dataDir, 'postgresql.conf'),
    serverConfiguration(await measureMachine()),
  )
}

/** The major version of the cluster's data; undefined if there is no cluster. */
async function clusterVersion(place: Place): Promise<string | undefined> {
  return readFile(join(place.dataDir, 'PG_VERSION'), 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  )
}

/** Under another name until it is whole, so that a cluster that exists is always a good one. */
async function createCluster(place: Place, binaries: Binaries): Promise<void> {
  await removeAbandonedDrafts(place.dataDir)
  const password = (await readPassword(place)) ?? (await createPassword(place))
  const draft = `${place.dataDir}.draft-${process.pid}`
  const passwordCopy = `${draft}.password`
  await writeOwned(place, passwordCopy, password)
  try {
    await runProgram(place, binaries.initdb, [
      `--pgdata=${draft}`,
      `--username=${EMBEDDED_USER}`,
      `--pwfile=${passwordCopy}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-instructions',
    ])
    await runSingleUser(place, binaries, draft, `CREATE DATABASE ${EMBEDDED_DATABASE}`)
    await rename(draft, place.dataDir).catch(async (error: unknown) => {
      // A command that was killed may have left a supervisor that has created it in the meantime.
      if ((await clusterVersion(place)) === undefined) throw error
    })
    await syncFolder(dirname(place.dataDir))
  } finally {
    await rm(passwordCopy, { force: true })
    await rm(draft, { recursive: true, force: true })
  }
}

/** What a killed command left behind. */
async function removeAbandonedDrafts(dataDir: string): Promise<void> {
  const parent = dirname(dataDir)
  const start = `${basename(dataDir)}.draft-`
  for (const name of await readdir(parent)) {
    if (!name.startsWith(start)) continue
    if (isProcessAlive(Number.parseInt(name.slice(start.length), 10))) continue
    await rm(join(parent, name), { recursive: true, force: true })
  }
}

/** Makes a password, unless somebody else makes one at the same time: then that one counts. */
async function createPassword(place: Place): Promise<string> {
  const draft = `${passwordFile(place)}.${process.pid}`
  await writeOwned(place, draft, `${randomBytes(24).toString('base64url')}\n`)
  try {
    await link(draft, passwordFile(place)).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    })
  } finally {
    await rm(draft, { force: true })
  }
  const password = await readPassword(place)
  if (password === undefined) throw new Error('the password is gone')
  return password
}

/** Writes a file that only its owner, the server's user, can read; whole or not at all. */
async function writeOwned(place: Place, path: string, text: string): Promise<void> {
  const draft = `${path}.new-${process.pid}`
  await writeFile(draft, text, { mode: 0o600 })
  await chmod(draft, 0o600)
  if (place.serverUser !== undefined) await chown(draft, place.serverUser.uid, place.serverUser.gid)
  await rename(draft, path)
}

/** Makes a rename last through a power failure. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Runs SQL in a cluster that no server has open. */
async function runSingleUser(
  place: Place,
  binaries: Binaries,
  dataDir: string,
  sql: string,
): Promise<void> {
  await runProgram(
    place,
    binaries.postgres,
    ['--single', '-j', '-D', dataDir, 'postgres'],
    `${sql};\n\n`,
  )
}

async function runProgram(
  place: Place,
  program: string,
  args: readonly string[],
  input = '',
): Promise<void> {
  const child = spawn(program, args, {
    cwd: '/',
    env: serverEnvironment(),
    stdio: ['pipe', 'ignore', 'pipe'],
    ...runAs(place.serverUser),
  })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  // A program that ends early leaves the rest of its input unread; its exit code tells.
  child.stdin.on('error', () => undefined).end(input)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve)
  }).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error)
    const user = place.serverUser === undefined ? '' : ` as the user ${place.serverUser.name}`
    throw new CommandError(`The programs of PostgreSQL cannot be run${user}: ${reason}`, {
      hint: 'Set DATABASE_URL to use another PostgreSQL, if this machine cannot run one here.',
      cause: error,
    })
  })
  const failed = /^.*(?:ERROR|FATAL|PANIC): .*$/m.exec(errors)
  if (code === 0 && failed === null) return
  throw new CommandError(
    `The embedded database could not be created: ${(failed?.[0] ?? errors.trim()) || `exit code ${code ?? 'none'}`}`,
    { hint: clusterHint(errors) },
  )
}

function clusterHint(errors: string): string {
  if (errors.includes('could not look up effective user ID')) {
    return 'PostgreSQL needs a user with a name: add this user id to /etc/passwd, or set DATABASE_URL.'
  }
  if (errors.includes('No space left')) return 'The disk is full.'
  return 'Set DATABASE_URL to use another PostgreSQL, if this machine cannot run one here.'
}
