/**
 * Starts the compile host, which runs the project's own JavaScript, with as few rights as it can do with:
 * no environment but the time zone and the language, no writing of files, no processes, no threads, and
 * reading only of the project (hidden files such as `.df-credentials.json` apart), core and this program.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, readdirSync, realpathSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { builtProgram } from '../package-root.js'
import {
  RESPONSE_FD,
  type HostRequest,
  type HostResponse,
  type HostTarget,
  type ResponseHead,
} from './protocol.js'

/** How long a compilation may take if nothing else is said; the stock command's value. */
export const DEFAULT_COMPILE_TIMEOUT_MS = 60_000

/** What became of the host: its response, or nothing because it was killed or died. */
export type HostOutcome =
  | { readonly kind: 'response'; readonly response: HostResponse }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'died'; readonly exitCode: number | null }

const PASSED_ON = ['TZ', 'LANG', 'LC_ALL', 'LC_CTYPE']

const HOST = builtProgram('compile/host.js')

function linkTargets(folder: string): readonly string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isSymbolicLink()) return existsSync(path) ? [realpathSync(path)] : []
    return entry.name.startsWith('@') ? linkTargets(path) : []
  })
}

/** Everything of the project that the host may read: what isn't hidden, and linked packages. */
function readablePaths({ projectDir, coreDir }: HostTarget): readonly string[] {
  const own = readdirSync(projectDir)
    .filter((name) => !name.startsWith('.'))
    .map((name) => join(projectDir, name))
  return [...own, ...linkTargets(join(projectDir, 'node_modules')), coreDir, builtProgram('')]
}

function permissionFlags(target: HostTarget): readonly string[] {
  const [major = 0] = process.versions.node.split('.').map(Number)
  const model = major >= 23 ? '--permission' : '--experimental-permission'
  const kept: string[] = []
  // A path that begins with another one is covered by it. This is more than tidiness: Node 20 forgets a path
  // when it is also told of one that continues it (`includes` and `includes_old`).
  for (const path of [...readablePaths(target)].sort()) {
    if (!kept.some((each) => path.startsWith(each))) kept.push(path)
  }
  return [model, ...kept.map((path) => `--allow-fs-read=${path}*`)]
}

function collect(stream: Socket): () => string {
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString('utf8')
}

function asResponse(text: string): HostResponse {
  const end = text.indexOf('\n')
  const { errors, hasGraph } = JSON.parse(text.slice(0, end)) as ResponseHead
  return { errors, graphText: hasGraph ? text.slice(end + 1) : undefined }
}

/** A host that reads and parses a project while it waits for its request. */
export class CompileHost {
  private readonly child: ChildProcess
  private readonly pipes: readonly Socket[]
  private readonly ended: Promise<number | null>

  /** Starts the process. It does not keep this one alive until it gets a request. */
  constructor(readonly target: HostTarget) {
    const environment = PASSED_ON.flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value] as const]
    })
    this.child = spawn(
      process.execPath,
      [
        '--no-warnings',
        // Core makes much short-lived garbage; with room for it, little is collected at all.
        '--max-semi-space-size=64',
        ...permissionFlags(target),
        HOST,
        JSON.stringify(target),
      ],
      {
        cwd: target.projectDir,
        env: Object.fromEntries(environment),
        // What scripts print is no result of the compilation: it all goes to standard error.
        stdio: ['pipe', 2, 2, 'pipe'],
      },
    )
    this.pipes = this.child.stdio.filter((pipe) => pipe !== null && pipe !== undefined) as Socket[]
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject)
      this.child.once('close', resolve)
    })
    // If nobody ever asks for the outcome, a failure to start is nobody's business.
    this.ended.catch(() => undefined)
    this.pipes[0]?.on('error', () => undefined)
    this.child.unref()
    for (const pipe of this.pipes) pipe.unref()
  }

  /** Ends a host that is not needed. */
  discard(): void {
    this.child.kill('SIGKILL')
  }

  /**
   * Has the project compiled; a host does this once.
   * @param timeoutMs the host is killed after that many milliseconds
   */
  async compile(request: HostRequest, timeoutMs: number): Promise<HostOutcome> {
    const [stdin, response] = this.pipes
    if (!stdin || !response) throw new Error(`no pipe ${RESPONSE_FD}`)
    this.child.ref()
    for (const pipe of this.pipes) pipe.ref()
    const timer = setTimeout(() => {
      this.discard()
    }, timeoutMs)
    try {
      const responseText = collect(response)
      stdin.end(JSON.stringify(request))
      const exitCode = await this.ended
      if (this.child.killed) return { kind: 'timeout' }
      const text = responseText()
      if (text === '') return { kind: 'died', exitCode }
      return { kind: 'response', response: asResponse(text) }
    } finally {
      clearTimeout(timer)
    }
  }
}
