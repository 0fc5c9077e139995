/**
 * What makes no relation: assertions and unit tests.
 */
import type { AssertionAction, UnitTest } from '../graph/types.js'
import { asSubquery } from '../plan/user-sql.js'
import { analysisAround, viewFromQuery } from './checked-statement.js'
import type { UserText } from './checked-statement.js'
import type { Column } from './existing.js'
import { scratchOf } from './scratch.js'
import { isUnsound } from './unsound.js'
import type { Desk } from './world.js'

/** A query's text as it is sent; null, with a note, if it must not be. */
function queryText(desk: Desk, query: string): UserText | null {
  if (isUnsound(desk, query)) return null
  return { whole: query, start: 0, redirected: desk.redirect(asSubquery(query)) }
}

/** Checks that PostgreSQL can analyse an assertion's query. */
export async function checkAssertion(desk: Desk, action: AssertionAction): Promise<void> {
  const text = queryText(desk, action.query)
  if (text === null) return
  const { missing, doubts } = await desk.reads([text.redirected])
  if (missing !== null) {
    desk.cannotCheck(missing)
    return
  }
  const statement = analysisAround(
    'with dataform_rows as (',
    text,
    ')\nselect count(*) from dataform_rows',
  )
  const unexecuted = desk.world.unexecutedBefore(action)
  await desk.attempt({ statements: [statement] }, (failure) => {
    desk.judge(failure, { doubts, unexecuted })
    return 'give up'
  })
}

/** Checks a unit test's two queries, and that they give the same columns. */
export async function checkTest(desk: Desk, test: UnitTest): Promise<void> {
  const actual = queryText(desk, test.testQuery)
  const expected = queryText(desk, test.expectedOutputQuery)
  if (actual === null || expected === null) return
  const { missing, doubts } = await desk.reads([actual.redirected, expected.redirected])
  if (missing !== null) {
    desk.cannotCheck(missing)
    return
  }
  const names = {
    actual: scratchOf(`test ${test.name}`, 'actual'),
    expected: scratchOf(`test ${test.name}`, 'expected'),
  }
  const shapes = await desk.attempt(
    {
      statements: [viewFromQuery(names.actual, actual), viewFromQuery(names.expected, expected)],
      shapesOf: [names.actual.name, names.expected.name],
    },
    (failure) => {
      desk.judge(failure, { doubts, unexecuted: [], isPieced: true })
      return 'go on'
    },
  )
  const [given, wanted] = [
    shapes?.get(names.actual.name)?.columns,
    shapes?.get(names.expected.name)?.columns,
  ]
  if (given === undefined || wanted === undefined) return
  for (const message of differences(given, wanted))
    desk.problems.push({
      kind: 'unit-test',
      about: test.name,
      message,
      at: { file: test.fileName },
    })
}

/** What keeps the rows of two results from being compared, in words. Pure. */
export function differences(
  given: readonly Column[],
  wanted: readonly Column[],
): readonly string[] {
  const byName = new Map(given.map((column) => [column.name, column]))
  const expected = new Set(wanted.map(({ name }) => name))
  return [
    ...wanted.flatMap(({ name, type, typeId }) => {
      const column = byName.get(name)
      if (column === undefined) return [`the query does not give the expected column "${name}"`]
      return column.typeId === typeId
        ? []
        : [`the column "${name}" is ${column.type}, and ${type} is expected`]
    }),
    ...given
      .filter(({ name }) => !expected.has(name))
      .map(({ name }) => `the query gives the column "${name}", which is not expected`),
  ]
}
