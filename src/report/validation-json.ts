/**
 * The report of a typed dry run as one JSON object; `docs/validate.md` describes it.
 */
import type { Problem } from '../failure/types.js'
import type { Finding, ValidationReport } from '../validate/types.js'

/** The object. Places are flat: `file`, `line`, `column`, missing where they are not known. */
export function validationJson(report: ValidationReport, warnings: readonly Problem[]): object {
  const { problems, remarks, durationMs, ...rest } = report
  return {
    ok: problems.length === 0,
    problems: problems.map(findingJson),
    warnings: [
      ...warnings.map(({ kind, message, at, action, hint }) =>
        findingJson({ kind, message, at: at ?? { file: '' }, about: action ?? '', hint }),
      ),
      ...remarks.map(findingJson),
    ],
    ...rest,
    durationMs: Math.round(durationMs),
  }
}

function findingJson({
  at,
  ...finding
}: Omit<Finding, 'kind' | 'hint'> & { readonly kind: string; readonly hint?: string | undefined }) {
  const { file, line, column } = at
  return { ...finding, file, line, column }
}
