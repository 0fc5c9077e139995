/**
 * PostgreSQL refuses to run as root. This finds another user of the machine for it.
 */
import { execFile } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { CommandError } from '../../failure/types.js'

const run = promisify(execFile)

/** The user that the server runs as. */
export interface ServerUser {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/** Whether this command is run by root (never so on Windows). */
export function isRoot(): boolean {
  return process.geteuid?.() === 0
}

/**
 * The users that may run the server on root's behalf, best first: the project's owner (who then can
 * use the same database without root), `postgres`, `nobody`. Only users with an entry in the
 * machine's list count: `initdb` looks its user's name up.
 */
export async function serverUserCandidates(projectDir: string): Promise<readonly ServerUser[]> {
  const users = parsePasswd(await readFile('/etc/passwd', 'utf8'))
  const owner = (await stat(projectDir)).uid
  const wanted = [
    users.find((user) => user.uid === owner),
    users.find((user) => user.name === 'postgres'),
    users.find((user) => user.name === 'nobody'),
  ]
  return wanted.filter((user) => user !== undefined && user.uid > 0) as readonly ServerUser[]
}

/** Reads the lines of `/etc/passwd`: `name:password:uid:gid:...`. */
export function parsePasswd(text: string): readonly ServerUser[] {
  return text
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length >= 4 && !fields[0]?.startsWith('#'))
    .map((fields) => ({ name: fields[0] ?? '', uid: Number(fields[2]), gid: Number(fields[3]) }))
    .filter((user) => Number.isInteger(user.uid) && Number.isInteger(user.gid))
}

/**
 * Asks the system, as that user, whether a folder can be entered. Sees access lists and mounts too.
 * @throws CommandError if root may not act as another user here, as in some containers
 */
export async function canEnter(user: ServerUser, folder: string): Promise<boolean> {
  try {
    await run('/bin/sh', ['-c', 'cd -- "$1" 2>/dev/null', 'sh', folder], {
      uid: user.uid,
      gid: user.gid,
      cwd: '/',
    })
    return true
  } catch (error) {
    // A number is the shell's exit code; a name says that the shell was not even started.
    if (typeof (error as { code?: unknown }).code === 'number') return false
    throw new CommandError(
      `PostgreSQL does not run as root, and root may not act as the user ${user.name} here.`,
      { hint: 'Run the command as another user, or set DATABASE_URL.', cause: error },
    )
  }
}
