/**
 * Core gives up at some errors, above all at those of an `actions.yaml`. What else is wrong with the project
 * is found by trying its parts.
 */
import type { CoreSession } from './core-module.js'
import { collectedErrors, thrownError } from './host-errors.js'
import type { ProjectModules } from './project-modules.js'
import type { HostError } from './protocol.js'

/** Errors that may come only of what was left out. */
const ABOUT_OTHERS =
  /^(Could not resolve|Missing dependency|Ambiguous Action name|Dataset .* could not be found)/

/** Whether the files that core has not come to can at least be parsed. */
function parseErrors(modules: ProjectModules, files: readonly string[]): readonly HostError[] {
  return files.flatMap((file) => {
    if (!/^definitions\/.*\.(sqlx|js)$/.test(file)) return []
    try {
      modules.parse(file)
      return []
    } catch (error) {
      return [thrownError(modules, error, file)]
    }
  })
}

/**
 * Finds what is wrong with a project at which core gave up.
 * @param run runs core over some of the project's files
 * @param fatal what core threw when it ran over all of them
 */
export function errorsAfterGivingUp(
  modules: ProjectModules,
  session: CoreSession,
  files: readonly string[],
  run: (files: readonly string[]) => unknown,
  fatal: unknown,
): readonly HostError[] {
  const isActionsFile = (file: string): boolean => /^definitions\/(.*\/)?actions\.yaml$/.test(file)
  const includes = files.filter((file) => file.startsWith('includes/'))
  const collected = [...collectedErrors(modules, session)]
  const guilty = files.filter(isActionsFile).flatMap((file) => {
    try {
      run([...includes, file])
      return []
    } catch (error) {
      return [thrownError(modules, error, file)]
    }
  })
  if (guilty.length === 0)
    return [thrownError(modules, fatal, ''), ...collected, ...parseErrors(modules, files)]
  try {
    run(files.filter((file) => !isActionsFile(file)))
    const others = collectedErrors(modules, session)
    return [...guilty, ...others.filter(({ message }) => !ABOUT_OTHERS.test(message))]
  } catch (error) {
    return [...guilty, thrownError(modules, error, ''), ...parseErrors(modules, files)]
  }
}
