/** The assertions that the dialect writes, on a real server. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { postgresDialect } from '../../src/compile/dialect.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'

const sql = postgresDialect('public')

describe('assertions on PostgreSQL', () => {
  let db: TestDatabase
  beforeAll(async () => {
    db = await createTestDatabase()
    await db.rows(`create table t (id int, amount int, note text);
      insert into t values (1, 5, 'a'), (2, -1, null), (3, null, 'it''s'), (3, 7, 'b')`)
  })
  afterAll(async () => {
    await db.drop()
  })

  it('give every failing condition of a row, and none for NULL', async () => {
    const rows = await db.rows(
      sql.rowConditionsAssertion('"public"."t"', [
        'amount >= 0 -- a comment',
        "note <> 'it''s'",
        'note is not null',
      ]),
    )
    expect(
      rows.map((row) => `${String(row['id'])}: ${String(row['failing_row_condition'])}`).sort(),
    ).toEqual(['2: amount >= 0 -- a comment', '2: note is not null', "3: note <> 'it''s'"])
    expect(rows[0]).toHaveProperty('note')
  })

  it('give the rows that fail a single condition', async () => {
    const rows = await db.rows(sql.rowConditionsAssertion('"public"."t"', ['t.amount >= 0']))
    expect(rows.map((row) => row['id'])).toEqual([2])
  })

  it('give the keys that occur twice', async () => {
    const rows = await db.rows(sql.indexAssertion('"public"."t"', ['id']))
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({ id: 3 })
  })
})
