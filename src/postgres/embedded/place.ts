/**
 * Where the embedded server of a project keeps its files.
 */
import { createHash, randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import {
  access,
  chmod,
  chown,
  mkdir,
  readFile,
  realpath,
  rename,
  stat,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CommandError } from '../../failure/types.js'
import { canEnter, isRoot, serverUserCandidates, type ServerUser } from './server-user.js'

/** The folders of one project's server, and the user that it runs as. */
export interface Place {
  /** `<project>/.dataform/postgres`: password, log, lock; and the data, where the server's user can get there. */
  readonly stateDir: string
  /** The cluster's folder (PGDATA). Exists once the cluster is created. */
  readonly dataDir: string
  /** Only as root: whom the server runs as. */
  readonly serverUser?: ServerUser
  /** A folder for a copy of the binaries, for when the server's user cannot reach the installed ones. */
  readonly binaryCache: string
}

/** Name of the file that says where the data is when it is not in the project. */
const POINTER = 'location.json'

/**
 * Finds the place of a project's server, and makes the folders that have to be there.
 * @param projectDir an existing folder
 * @throws CommandError when the folders cannot be made, or when root has no user to run the server as
 */
export async function findPlace(projectDir: string): Promise<Place> {
  const root = await realpath(projectDir)
  const stateDir = join(root, '.dataform', 'postgres')
  const dataDir = join(stateDir, 'data')
  try {
    if (!isRoot()) {
      await mkdir(stateDir, { recursive: true, mode: 0o700 })
      await access(stateDir, constants.R_OK | constants.W_OK | constants.X_OK)
      return { stateDir, dataDir, binaryCache: join(stateDir, 'bin') }
    }
    return await placeForRoot(root, stateDir, dataDir)
  } catch (error) {
    if (error instanceof CommandError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new CommandError(`The embedded database has no place for its files: ${reason}`, {
      hint: 'Make the project folder writable, or set DATABASE_URL to use another PostgreSQL.',
      cause: error,
    })
  }
}

/**
 * As root the server runs as somebody else, who may not be allowed into the project (as under /root).
 * Then the data is in a folder of the machine, and a pointer in the project says where.
 */
async function placeForRoot(root: string, stateDir: string, dataDir: string): Promise<Place> {
  const owner = await ownerOf(dataDir)
  const candidates = await serverUserCandidates(root)
  if (candidates.length === 0) {
    throw new CommandError(
      'PostgreSQL does not run as root, and there is no other user to run it as.',
      {
        hint: 'Add a user, for instance with `useradd --system postgres`, or set DATABASE_URL.',
      },
    )
  }
  const projectOwner = await stat(root)
  if (await mkdir(join(root, '.dataform'), { recursive: true })) {
    await chown(join(root, '.dataform'), projectOwner.uid, projectOwner.gid)
  }
  // A cluster that is there already keeps its owner.
  const users = owner === undefined ? candidates : candidates.filter((user) => user.uid === owner)
  for (const serverUser of users) {
    if (!(await canEnter(serverUser, join(root, '.dataform')))) continue
    await mkdir(stateDir, { recursive: true, mode: 0o700 })
    await chown(stateDir, serverUser.uid, serverUser.gid)
    return { stateDir, dataDir, serverUser, binaryCache: join(await machineFolder(), 'bin') }
  }
  const serverUser = users[0]
  if (serverUser === undefined) {
    throw new CommandError(
      `The database in ${dataDir} belongs to a user that may not run a server.`,
      {
        hint: 'Run the command as the owner of that folder, or remove it with `dataform db reset --force`.',
      },
    )
  }
  await mkdir(stateDir, { recursive: true, mode: 0o700 })
  const folder = await machineFolder()
  const home = await pointedFolder(stateDir, root, folder)
  await mkdir(home, { recursive: true, mode: 0o700 })
  await chmod(home, 0o700)
  await chown(home, serverUser.uid, serverUser.gid)
  return {
    stateDir,
    dataDir: join(home, 'data'),
    serverUser,
    binaryCache: join(folder, 'bin'),
  }
}

async function ownerOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    (found) => found.uid,
    () => undefined,
  )
}

/** A folder that every user of the machine can reach and only root can write. */
async function machineFolder(): Promise<string> {
  for (const parent of ['/var/lib', tmpdir()]) {
    const folder = join(parent, 'dataform-postgres')
    try {
      await mkdir(folder, { recursive: true, mode: 0o755 })
      const found = await stat(folder)
      // In a folder that everybody can write, somebody else may have made it first.
      if (found.uid === process.geteuid?.()) return folder
    } catch {
      continue
    }
  }
  throw new CommandError('No folder was found for the data of the embedded database.', {
    hint: 'Make /var/lib writable for root, or set DATABASE_URL.',
  })
}

/**
 * The folder that the pointer names. A copied project gets a folder of its own: two projects that
 * write into one database unknowingly would be worse than building again.
 */
async function pointedFolder(stateDir: string, root: string, parent: string): Promise<string> {
  const file = join(stateDir, POINTER)
  const known = await readFile(file, 'utf8').then(parsePointer, () => undefined)
  if (known !== undefined) {
    const moved = known.project !== root
    const isCopy = moved && (await ownerOf(known.project)) !== undefined
    if (!isCopy && (await ownerOf(known.folder)) !== undefined) {
      if (moved) await writePointer(file, { project: root, folder: known.folder })
      return known.folder
    }
  }
  const folder = join(parent, createHash('sha256').update(root).digest('hex').slice(0, 16))
  await writePointer(file, { project: root, folder })
  return folder
}

interface Pointer {
  readonly project: string
  readonly folder: string
}

function parsePointer(text: string): Pointer | undefined {
  try {
    const value = JSON.parse(text) as Partial<Pointer>
    if (typeof value.project !== 'string' || typeof value.folder !== 'string') return undefined
    return { project: value.project, folder: value.folder }
  } catch {
    return undefined
  }
}

async function writePointer(file: string, pointer: Pointer): Promise<void> {
  const draft = `${file}.${randomUUID()}`
  await writeFile(draft, `${JSON.stringify(pointer, null, 2)}\n`)
  await rename(draft, file)
}
