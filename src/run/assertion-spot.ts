/**
 * Where a failing assertion was written down.
 */
import { readSource, spotOfOffset } from '../failure/source-spot.js'
import type { SampleRow, SourceSpot } from '../failure/types.js'
import type { AssertionAction } from '../graph/types.js'

/**
 * The place of an assertion in its file: of an inline row condition the condition that the first sample row
 * names, of an inline key the word `uniqueKey`; of a standalone assertion the beginning of its config.
 */
export function assertionSpot(
  action: AssertionAction,
  sample: readonly SampleRow[],
  projectDir: string,
): SourceSpot {
  const source = readSource(projectDir, action.fileName)
  if (source === undefined) return { file: action.fileName }
  for (const text of wanted(action, sample)) {
    const offset = source.indexOf(text)
    if (offset >= 0) return spotOfOffset(action.fileName, source, offset, text.length)
  }
  return { file: action.fileName }
}

function wanted(action: AssertionAction, sample: readonly SampleRow[]): readonly string[] {
  if (action.parent === null) return [action.target.name, 'config']
  const condition = sample[0]?.failing_row_condition
  if (typeof condition !== 'string') return ['uniqueKeys', 'uniqueKey']
  // A column of nonNull is in the file as its bare name.
  const column = /^(.+) IS NOT NULL$/.exec(condition)?.[1]
  return [condition, ...(column === undefined ? [] : ['nonNull'])]
}
