/**
 * A Dataform project in a temporary folder, and the real command run in it.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createTestDatabase, type TestDatabase } from './database.js'

const root = join(import.meta.dirname, '..', '..')

/** How a command ended. */
export interface CommandOutcome {
  /** The exit code; null if a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Variables on top of a clean environment; `undefined` takes one away, such as DATABASE_URL. */
export type Env = Readonly<Record<string, string | undefined>>

/** A running command. */
export interface RunningCommand {
  readonly child: ChildProcess
  /** What it has written to standard output and standard error up to now. */
  readonly output: () => { readonly stdout: string; readonly stderr: string }
  readonly ended: Promise<CommandOutcome>
}

/** A temporary project. */
export interface TestProject {
  readonly dir: string
  /** The database that `run` gives the command, unless the project was made without. */
  readonly db: TestDatabase
  /** Runs `dataform <args>` in the project to its end. */
  run(args: readonly string[], env?: Env, input?: string): Promise<CommandOutcome>
  /** Starts `dataform <args>` in the project, for tests that signal it or look at it while it runs. */
  start(args: readonly string[], env?: Env, input?: string): RunningCommand
  /** Writes more files (path from the project's folder -> content). */
  write(files: Readonly<Record<string, string>>): Promise<void>
  /** Deletes the folder and the database. */
  remove(): Promise<void>
}

const defaults = {
  'dataform.json': JSON.stringify({
    warehouse: 'postgres',
    defaultSchema: 'analytics',
    assertionSchema: 'assertions',
  }),
}

/**
 * Makes a project from files (path -> content). Without a `dataform.json` (or
 * `workflow_settings.yaml`) of its own it gets one for PostgreSQL with the schema `analytics`.
 */
export async function createProject(
  files: Readonly<Record<string, string>> = {},
): Promise<TestProject> {
  const dir = await mkdtemp(join(tmpdir(), 'dataform-project-'))
  await chmod(dir, 0o755)
  await mkdir(join(dir, 'node_modules', '@dataform'), { recursive: true })
  await symlink(
    join(root, 'node_modules', '@dataform', 'core'),
    join(dir, 'node_modules', '@dataform', 'core'),
  )
  const hasSettings = 'dataform.json' in files || 'workflow_settings.yaml' in files
  await writeFiles(dir, hasSettings ? files : { ...defaults, ...files })
  const db = await createTestDatabase()
  const start = (args: readonly string[], env: Env = {}, input = ''): RunningCommand =>
    startCommand(dir, args, { DATABASE_URL: db.url, ...env }, input)
  return {
    dir,
    db,
    start,
    run: (args, env, input) => start(args, env, input).ended,
    write: (more) => writeFiles(dir, more),
    remove: async () => {
      await db.drop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

async function writeFiles(dir: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true })
    await writeFile(join(dir, path), content)
  }
}

/** Runs the built command with nothing of the caller's environment but the search path. */
export function startCommand(
  cwd: string,
  args: readonly string[],
  env: Env = {},
  input = '',
): RunningCommand {
  const child = spawn(process.execPath, [join(root, 'dist', 'cli', 'main.js'), ...args], {
    cwd,
    env: {
      PATH: process.env.PATH,
      TMPDIR: process.env.TMPDIR,
      HOME: tmpdir(),
      LANG: 'C.UTF-8',
      ...env,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  child.stdin.on('error', () => undefined).end(input)
  const ended = new Promise<CommandOutcome>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      resolve({ code, signal, stdout, stderr })
    })
  })
  return { child, output: () => ({ stdout, stderr }), ended }
}
