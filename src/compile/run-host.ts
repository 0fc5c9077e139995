/**
 * Starts the compile host, which runs the project's own JavaScript, with as few rights as it can do with:
 * no environment but the time zone and the language, no writing of files, no processes, no threads, and
 * reading only of the project (hidden files such as `.df-credentials.json` apart), core and this program.
 */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { HostRequest, HostResponse, ResponseHead } from './protocol.js'

/** How long a compilation may take if nothing else is said; the stock command's value. */
export const DEFAULT_COMPILE_TIMEOUT_MS = 60_000

/** What became of the host: its response, or nothing because it was killed or died. */
export type HostOutcome =
  | { readonly kind: 'response'; readonly response: HostResponse }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'died'; readonly exitCode: number | null; readonly stderr: string }

const PASSED_ON = ['TZ', 'LANG', 'LC_ALL', 'LC_CTYPE']

/** This file's folder in the built program; tests run this file from its source. */
function builtFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url))
  return existsSync(join(here, 'host.js')) ? here : here.replace(/src([\\/]compile)$/, 'dist$1')
}

function linkTargets(folder: string): readonly string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isSymbolicLink()) return existsSync(path) ? [realpathSync(path)] : []
    return entry.name.startsWith('@') ? linkTargets(path) : []
  })
}

/** Everything of the project that the host may read: what isn't hidden, and linked packages. */
function readablePaths(request: HostRequest): readonly string[] {
  const { projectDir, coreDir } = request
  const own = readdirSync(projectDir)
    .filter((name) => !name.startsWith('.'))
    .map((name) => join(projectDir, name))
  const linked = linkTargets(join(projectDir, 'node_modules'))
  // A path that is named twice makes Node 20 abort.
  return [...new Set([...own, ...linked, coreDir, dirname(builtFolder())])]
}

function permissionFlags(request: HostRequest): readonly string[] {
  const [major = 0] = process.versions.node.split('.').map(Number)
  const model = major >= 23 ? '--permission' : '--experimental-permission'
  const kept: string[] = []
  // A path that begins with another one is covered by it. This is more than tidiness: Node 20 forgets a path
  // when it is also told of one that continues it (`includes` and `includes_old`).
  for (const path of [...readablePaths(request)].sort()) {
    if (!kept.some((each) => path.startsWith(each))) kept.push(path)
  }
  return [model, ...kept.map((path) => `--allow-fs-read=${path}*`)]
}

async function textOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

function asResponse(text: string): HostResponse {
  const end = text.indexOf('\n')
  const { errors, hasGraph } = JSON.parse(text.slice(0, end)) as ResponseHead
  return { errors, graphText: hasGraph ? text.slice(end + 1) : undefined }
}

/**
 * Runs a compilation in a process of its own. What the project's scripts print goes to standard error.
 * @param timeoutMs the host is killed after that many milliseconds
 */
export async function runHost(request: HostRequest, timeoutMs: number): Promise<HostOutcome> {
  const environment = Object.fromEntries(
    PASSED_ON.flatMap((name) =>
      process.env[name] === undefined ? [] : [[name, process.env[name]]],
    ),
  )
  const host = spawn(
    process.execPath,
    [
      '--no-warnings',
      // Core makes much short-lived garbage; with room for it, little is collected at all.
      '--max-semi-space-size=64',
      ...permissionFlags(request),
      join(builtFolder(), 'host.js'),
    ],
    { cwd: request.projectDir, env: environment, stdio: ['pipe', 'pipe', 'pipe', 'pipe'] },
  )
  const timer = setTimeout(() => {
    host.kill('SIGKILL')
  }, timeoutMs)
  try {
    host.stdin.on('error', () => {
      // The host died before it read its request; its exit says so.
    })
    host.stdin.end(JSON.stringify(request))
    host.stdout.pipe(process.stderr, { end: false })
    const exited = new Promise<number | null>((resolve, reject) => {
      host.once('error', reject)
      host.once('close', resolve)
    })
    const [text, stderr, exitCode] = await Promise.all([
      textOf(host.stdio[3] as Readable),
      textOf(host.stderr),
      exited,
    ])
    if (host.killed) return { kind: 'timeout' }
    if (text === '') return { kind: 'died', exitCode, stderr }
    if (stderr !== '') process.stderr.write(stderr)
    return { kind: 'response', response: asResponse(text) }
  } finally {
    clearTimeout(timer)
  }
}
