/**
 * Starting the compile host before the command line is read: it starts up, reads and parses the project while
 * this process loads its own modules.
 */
import { resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { readProjectSettings } from '../project/settings.js'
import { hostTarget } from './host-target.js'
import type { HostTarget } from './protocol.js'
import { CompileHost } from './run-host.js'

let early: Promise<CompileHost | undefined> | undefined

async function startFor(projectDir: string): Promise<CompileHost | undefined> {
  try {
    return new CompileHost(hostTarget(await readProjectSettings(projectDir)))
  } catch {
    // No project, say. The command itself finds that out again and says so.
    return undefined
  }
}

/**
 * Starts a host for the project that the arguments are probably about: the argument after the command, or the
 * working directory. If that turns out wrong, the host is thrown away and nothing but its work is lost.
 * @param args the command line without node and the script
 */
export function startEarly(args: readonly string[]): void {
  const [command, first] = args
  if (command !== 'compile' && command !== 'run' && command !== 'test') return
  if (args.some((arg) => arg === '--help' || arg === '--version' || arg === '--watch')) return
  early = startFor(first === undefined || first.startsWith('-') ? '.' : resolve(first))
}

/** The host that was started early if it is for this target, else a new one. */
export async function hostFor(target: HostTarget): Promise<CompileHost> {
  const host = await early
  early = undefined
  if (host !== undefined && isDeepStrictEqual(host.target, target)) return host
  host?.discard()
  return new CompileHost(target)
}
