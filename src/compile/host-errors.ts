/**
 * Errors of core and of the project's code, as the host reports them.
 */
import type { CoreError, CoreSession } from './core-module.js'
import type { ProjectModules } from './project-modules.js'
import type { HostError } from './protocol.js'

/** The file from which the stock command starts core; there need be none, and nobody's error is in it. */
export const START_FILE = 'index.js'

function hostError(
  modules: ProjectModules,
  error: { readonly message: string; readonly stack?: string | undefined },
  fileName: string,
  action?: string,
): HostError {
  const stack = error.stack ?? ''
  const place = modules.placeOf(stack)
  return {
    fileName: fileName === START_FILE ? '' : fileName,
    message: error.message,
    syntax: /^SyntaxError: /m.test(stack),
    ...(place === undefined ? {} : { place }),
    ...(action === undefined || action === '' ? {} : { action }),
  }
}

/**
 * What was thrown.
 * @param fileName the file that was being worked on; empty if unknown
 */
export function thrownError(modules: ProjectModules, error: unknown, fileName: string): HostError {
  return hostError(modules, error instanceof Error ? error : { message: String(error) }, fileName)
}

/** What core collected instead of throwing it. */
export function collectedErrors(
  modules: ProjectModules,
  session: CoreSession,
): readonly HostError[] {
  return (session.graphErrors.compilationErrors ?? []).map((error: CoreError) =>
    hostError(
      modules,
      { message: error.message ?? '', stack: error.stack },
      error.fileName ?? '',
      error.actionName,
    ),
  )
}

/** Each error once: core says several things once for every time that it evaluates a query. */
export function withoutRepetition(errors: readonly HostError[]): readonly HostError[] {
  const seen = new Set<string>()
  return errors.filter((error) => {
    const key = JSON.stringify([error.fileName, error.message, error.action])
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}
