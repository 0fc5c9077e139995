/** Validates actions on a test database, without compiling a project. */
import type { Action, UnitTest } from '../../src/graph/types.js'
import type { SeedSource } from '../../src/seed/declaration.js'
import type { ValidationReport } from '../../src/validate/types.js'
import { validateGraph } from '../../src/validate/validate-graph.js'
import type { Database } from '../../src/postgres/session.js'

/** What a test may set. */
export interface ValidateActionsOptions {
  /** The chosen ones; all by default. */
  readonly chosen?: readonly Action[]
  readonly tests?: readonly UnitTest[]
  readonly sources?: readonly SeedSource[]
  readonly fullRefresh?: boolean
  readonly projectDir?: string
}

/** Validates the actions and gives the report. */
export async function validateActions(
  database: Database,
  actions: readonly Action[],
  options: ValidateActionsOptions = {},
): Promise<ValidationReport> {
  const { tests = [], sources = [], fullRefresh = false, chosen = actions } = options
  return database.withSession((session) =>
    validateGraph(session, {
      projectDir: options.projectDir ?? import.meta.dirname,
      graph: { actions, tests, vars: {} },
      chosen,
      tests,
      sources,
      fullRefresh,
    }),
  )
}

/** A report's problems as `action: message`. */
export function problemsOf(report: ValidationReport): readonly string[] {
  return report.problems.map(({ about, message }) => `${about}: ${message}`)
}

/** A report's remarks, likewise. */
export function remarksOf(report: ValidationReport): readonly string[] {
  return report.remarks.map(({ about, message }) => `${about}: ${message}`)
}

/** What was not checked, likewise. */
export function notCheckedOf(report: ValidationReport): readonly string[] {
  return report.notChecked.map(({ about, reason }) => `${about}: ${reason}`)
}
