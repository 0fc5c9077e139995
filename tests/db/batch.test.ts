/** Steps that share a message: each gets its own results, and a failure is that of the step which failed. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sqlStep } from '../../src/plan/steps.js'
import type { AuditStep, DecideStep, SqlStep } from '../../src/plan/types.js'
import { canFollow, NO_FRAME, sendBatch } from '../../src/run/batch.js'
import type { BatchStep } from '../../src/run/batch.js'
import { StepError } from '../../src/run/failures.js'
import { assertion } from '../support/actions.js'
import { createTestDatabase } from '../support/database.js'
import type { TestDatabase } from '../support/database.js'

let db: TestDatabase
beforeEach(async () => {
  db = await createTestDatabase()
})
afterEach(async () => {
  await db.drop()
})

const OPENING = { sql: 'begin;\nselect 7 as opening;', statements: 2 }
const send = (steps: readonly BatchStep[], before = OPENING, after = NO_FRAME) =>
  db.database.withSession(async (session) => {
    try {
      return await sendBatch(session, steps, before, after)
    } finally {
      if (session.isInTransaction) await session.query('rollback')
    }
  })
const failure = async (steps: readonly BatchStep[]): Promise<StepError> => {
  const error: unknown = await send(steps).catch((thrown: unknown) => thrown)
  if (!(error instanceof StepError)) throw new Error(`not the failure of a step: ${String(error)}`)
  return error
}

const audit = (sql: string): AuditStep => ({
  kind: 'audit',
  label: 'audit',
  sql,
  user: { text: sql, offset: 0 },
  assertion: assertion('a.a'),
})
const look = (sql: string): DecideStep => ({
  kind: 'decide',
  label: 'look',
  sql,
  decide: () => ({ steps: [] }),
})
const user = (sql: string): SqlStep => ({
  kind: 'sql',
  label: 'user',
  sql,
  statements: null,
  user: { text: sql, offset: 0 },
  isUserStatement: true,
})

describe('sendBatch', () => {
  test('gives every step its own results', async () => {
    const { opening, sent } = await send(
      [
        sqlStep('two', ['select 1 as a', 'select 2 as a']),
        sqlStep('one', ['select 3 as a']),
        audit('select 4 as a;'),
        look('savepoint x; select 5 as a; release savepoint x'),
      ],
      OPENING,
      { sql: 'select 6 as a; commit;', statements: 2 },
    )
    expect(opening.at(-1)?.rows).toEqual([{ opening: 7 }])
    expect(
      sent.map(({ results }) => results.flatMap((result) => result.rows.map((row) => row.a))),
    ).toEqual([[1, 2], [3], [4], [5]])
  })

  test("a user's text may end in a comment, in semicolons, or hold nothing at all", async () => {
    for (const text of [
      'select 1 -- the end',
      'select 1;;',
      'select 1; select 2; -- x',
      '',
      '-- x',
    ])
      expect(
        (await send([user(text)], NO_FRAME, { sql: 'select 9 as a;', statements: 1 })).sent,
      ).toHaveLength(1)
  })

  test('an error with a position is that of the step in which it is, at its place there', async () => {
    const error = await failure([
      sqlStep('first', ["select 'größe 漢字 🙂'"]),
      user("select 'ü',\n  missing"),
    ])
    expect(error.step.label).toBe('user')
    expect(error.offset).toBe("select 'ü',\n  ".length)
  })

  test.each([
    [0, 'two'],
    [1, 'two'],
    [2, 'three'],
    [3, 'audit'],
    [4, 'look'],
    [5, 'look'],
  ])('an error without a position, in statement %i, is that of the step %s', async (bad, label) => {
    const statement = (i: number): string =>
      i === bad ? 'select 1 / (random() * 0)::int' : `select ${i}`
    const error = await failure([
      sqlStep('two', [statement(0), statement(1)]),
      sqlStep('three', [statement(2)]),
      audit(`${statement(3)};`),
      look(`${statement(4)}; ${statement(5)};`),
    ])
    expect(error.step.label).toBe(label)
    expect(error.offset).toBeUndefined()
  })

  test('a failing opening is no failure of a step', async () => {
    await expect(
      send([sqlStep('x', ['select 1'])], {
        sql: 'begin; select 1 / (random() * 0)::int;',
        statements: 2,
      }),
    ).rejects.toThrow('division by zero')
  })
})

describe('canFollow', () => {
  const quiet = sqlStep('quiet', ['select 1'])
  const locked = sqlStep('locked', ['select 1'], { locks: ['select 1'] })
  test.each<[string, readonly BatchStep[], BatchStep, boolean]>([
    ['nothing', [], quiet, true],
    ['quiet after quiet', [quiet], quiet, true],
    ['a text of the user after quiet', [quiet], user('x'), true],
    ['anything after a text of the user', [user('x')], quiet, false],
    ['an audit after quiet', [quiet], audit('x'), true],
    ['an audit after an audit', [quiet, audit('x')], audit('x'), true],
    ['a look after an audit', [quiet, audit('x')], look('x'), true],
    ['quiet after an audit: what it found has to be known first', [audit('x')], quiet, false],
    ['anything after a look', [look('x')], quiet, false],
    ['a step under locks', [quiet], locked, false],
  ])('%s', (_what, steps, next, expected) => {
    expect(canFollow(steps, next)).toBe(expected)
  })
})
