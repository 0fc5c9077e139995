import { describe, expect, test } from 'vitest'
import type { OnSchemaChange } from '../../src/graph/types.js'
import { schemaChange } from '../../src/plan/schema-change.js'
import type { DeltaColumn } from '../../src/plan/delta.js'

const column = (name: string, type = 'integer', isWritable = true): DeltaColumn => ({
  name,
  type,
  isWritable,
})
const change = (
  onSchemaChange: OnSchemaChange,
  table: readonly DeltaColumn[],
  delta: readonly DeltaColumn[],
) =>
  schemaChange(
    { target: { schema: 's', name: 't' }, onSchemaChange, uniqueKey: ['id'] },
    { table, delta },
  )

const ID = column('id')
const [A, B] = [column('a'), column('b', 'text')]

describe('onSchemaChange', () => {
  test.each(['ignore', 'fail', 'extend', 'synchronize'] as const)(
    '%s: nothing to do when the columns are the same, in any order',
    (policy) => {
      expect(change(policy, [ID, A, B], [B, ID, A])).toEqual({
        before: [],
        after: [],
        drops: [],
        casts: [],
        castWarnings: [],
        written: [ID, A, B],
        warnings: [],
      })
    },
  )

  test('IGNORE leaves new columns out and says so; one that is gone fails', () => {
    expect(change('ignore', [ID, A], [ID, A, B])).toMatchObject({
      before: [],
      written: [ID, A],
      warnings: [
        'the column b of the query is ignored (onSchemaChange is IGNORE); --full-refresh or EXTEND takes it in',
      ],
    })
    expect(change('ignore', [ID, A], [ID])).toMatchObject({
      refusal: {
        message: 'the query does not give the column a of the table (onSchemaChange is IGNORE)',
      },
    })
  })

  test('FAIL fails for both, with all their names', () => {
    expect(change('fail', [ID, A], [ID, B])).toMatchObject({
      refusal: {
        message:
          'the query gives the column b, which the table does not have; the query does not give the column a of the table (onSchemaChange is FAIL)',
      },
    })
  })

  test('EXTEND adds; one that is gone fails', () => {
    expect(change('extend', [ID], [ID, A, B])).toMatchObject({
      before: ['alter table "s"."t" add column "a" integer, add column "b" text;'],
      after: [],
      written: [ID, A, B],
      warnings: ['added the columns a, b'],
    })
    expect(change('extend', [ID, A], [ID, B])).toHaveProperty('refusal')
  })

  test('SYNCHRONIZE adds and drops, but no column of the key', () => {
    expect(change('synchronize', [ID, A], [ID, B])).toMatchObject({
      before: ['alter table "s"."t" add column "b" text;'],
      after: ['alter table "s"."t" drop column "a";'],
      written: [ID, B],
      warnings: ['added the column b', 'dropped the column a'],
    })
    expect(change('synchronize', [ID, A], [A])).toMatchObject({
      refusal: {
        message:
          "the column id can't be dropped: the uniqueKey has it (onSchemaChange is SYNCHRONIZE)",
      },
    })
  })

  test('columns that the server fills are neither written nor missed', () => {
    expect(change('fail', [ID, column('g', 'integer', false)], [ID])).toMatchObject({
      written: [ID],
    })
  })

  test('another type is cast, and said', () => {
    expect(change('synchronize', [ID, A], [ID, column('a', 'bigint')])).toMatchObject({
      before: [],
      written: [ID, A],
      casts: ['alter column "a" type integer'],
      castWarnings: [
        'the query gives a as bigint, the table has integer: values are cast; --full-refresh changes the type',
      ],
    })
  })
})
