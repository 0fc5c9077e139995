/**
 * Doing something again whenever a file of a project changes.
 */
import { watch } from 'chokidar'
import { relative, resolve } from 'node:path'

/** Changes that come within this many milliseconds of each other count as one. */
const QUIET_MS = 150

/** What is never part of a project: hidden files, packages, and what this program writes. */
function isIgnored(projectDir: string, path: string): boolean {
  return relative(projectDir, path)
    .split('/')
    .some((part) => part === 'node_modules' || /^\.[^.]/.test(part))
}

/**
 * Works once, and again after every change, until the process is stopped.
 * @param work must not throw for what a change of a file may mend
 */
export async function watchProject(projectDir: string, work: () => Promise<void>): Promise<never> {
  const root = resolve(projectDir)
  await work()
  const watcher = watch(root, {
    ignored: (path) => isIgnored(root, path),
    ignoreInitial: true,
  })
  let timer: NodeJS.Timeout | undefined
  let running = Promise.resolve()
  return await new Promise<never>((_resolve, reject) => {
    watcher
      .on('ready', () => process.stderr.write('Watching for changes.\n'))
      .on('error', reject)
      .on('all', () => {
        clearTimeout(timer)
        timer = setTimeout(() => {
          running = running.then(work)
          running.then(() => process.stderr.write('Watching for changes.\n'), reject)
        }, QUIET_MS)
      })
  })
}
