/**
 * `dataform run --dry-run --validate`: the typed dry run, printed.
 */
import { renderValidation } from '../report/validation.js'
import { validationJson } from '../report/validation-json.js'
import { validateProject } from '../validate/validate-project.js'
import type { ValidateOptions } from '../validate/validate-project.js'
import { outColor } from './color.js'

const NARROWEST = 40
const WIDEST = 100
const USUAL = 80

/** Validates and prints the report to standard output; the exit code is 2 if there is a problem. */
export async function printValidation(options: ValidateOptions, isJson: boolean): Promise<void> {
  const { report, warnings } = await validateProject(options)
  const width = Math.max(NARROWEST, Math.min(WIDEST, process.stdout.columns || USUAL))
  process.stdout.write(
    isJson
      ? `${JSON.stringify(validationJson(report, warnings), null, 2)}\n`
      : renderValidation(report, warnings, { color: outColor, width }),
  )
  if (report.problems.length > 0) process.exitCode = 2
}
