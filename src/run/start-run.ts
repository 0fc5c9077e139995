/**
 * The two things that a run waits for, started before the rest of the program is loaded: the compilation and the
 * connection to the database.
 */
import { compileProject } from '../compile/compile-project.js'
import type { CompileResult, ProjectOverrides } from '../compile/compile-project.js'
import type { AcquiredDatabase } from '../postgres/acquire.js'
import type { EventSink } from './events.js'

/** What starting a run depends on. */
export interface StartOptions {
  readonly projectDir: string
  readonly overrides: ProjectOverrides
  readonly compileTimeoutMs: number | null
  readonly credentialsFile: string | null
  /** Connections. */
  readonly jobs: number
  readonly onEvent: EventSink
}

/** A run that is under way. Both may reject; `runProject` sees to it, and lets the database go. */
export interface StartedRun {
  readonly compiling: Promise<CompileResult>
  readonly acquiring: Promise<AcquiredDatabase>
}

/** Starts compiling and connecting. */
export function startRun(options: StartOptions): StartedRun {
  const compiling = compileProject({
    projectDir: options.projectDir,
    overrides: options.overrides,
    ...(options.compileTimeoutMs === null ? {} : { timeoutMs: options.compileTimeoutMs }),
  })
  const acquiring = acquire(options)
  // Whoever awaits them sees the failure; until then nobody does.
  compiling.catch(() => undefined)
  acquiring.catch(() => undefined)
  return { compiling, acquiring }
}

async function acquire(options: StartOptions): Promise<AcquiredDatabase> {
  const { acquireDatabase } = await import('../postgres/acquire.js')
  return acquireDatabase({
    projectDir: options.projectDir,
    ...(options.credentialsFile === null ? {} : { credentialsFile: options.credentialsFile }),
    env: process.env,
    maxConnections: options.jobs,
    onProgress: (message) => {
      options.onEvent({ type: 'phase', phase: 'database', message })
    },
    onNotice: ({ severity, message }) => {
      if (severity === 'WARNING') options.onEvent({ type: 'warning', message })
    },
  })
}
