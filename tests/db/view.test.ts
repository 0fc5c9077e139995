import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { table, target, view } from '../support/actions.js'
import { createTestDatabase } from '../support/database.js'
import type { TestDatabase } from '../support/database.js'
import { runActions, runOne } from '../support/run-actions.js'

let db: TestDatabase
beforeEach(async () => {
  db = await createTestDatabase()
})
afterEach(async () => {
  await db.drop()
})

describe('view', () => {
  test('is created and replaced in place, with its comments', async () => {
    const action = view('s.v', {
      description: 'One row.',
      columns: [{ path: ['id'], description: 'Always one.' }],
    })
    expect(await runOne(db, [action])).toMatchObject({ status: 'succeeded', outcome: 'created' })
    const oid = await db.rows(`select 's.v'::regclass::oid::text as oid`)
    await runOne(db, [{ ...action, query: 'select 2 as id -- the end' }])
    expect(await db.rows(`select 's.v'::regclass::oid::text as oid`)).toEqual(oid)
    expect(
      await db.rows(
        `select id, obj_description('s.v'::regclass) as v, col_description('s.v'::regclass, 1) as c from s.v`,
      ),
    ).toEqual([{ id: 2, v: 'One row.', c: 'Always one.' }])
  })

  test('whose columns changed is made anew, and the views on it come back', async () => {
    await runOne(db, [view('s.v', { query: `select 1 as id, 'x' as name` })])
    await db.rows('create view s.outside as select id from s.v')
    const result = await runOne(db, [
      view('s.v', { query: `select 'y'::varchar as name, 3 as id`, description: 'Anew.' }),
    ])
    expect(result.status).toBe('succeeded')
    expect(await db.rows('select * from s.outside')).toEqual([{ id: 3 }])
    expect(await db.rows(`select obj_description('s.v'::regclass) as v`)).toEqual([{ v: 'Anew.' }])
  })

  test('takes the place of a table', async () => {
    await runOne(db, [table('s.v')])
    expect((await runOne(db, [view('s.v', { query: 'select 5 as id' })])).status).toBe('succeeded')
    expect(await db.rows('select * from s.v')).toEqual([{ id: 5 }])
  })

  test('an error in the query is reported with its position kept', async () => {
    const result = await runOne(db, [view('s.v', { query: 'select\n  nothing_here' })])
    expect(result.failure).toMatchObject({
      kind: 'sql',
      sqlstate: '42703',
      at: { column: 3, text: '  nothing_here' },
    })
  })
})

describe('materialized view', () => {
  test('is created with its indexes, and made anew with what hangs off it', async () => {
    const action = view('s.m', {
      materialized: true,
      query: 'select 1 as id',
      extraProperties: { postgres: { indexes: [{ columns: ['id'], unique: true }] } },
      description: 'Stored.',
    })
    await runOne(db, [action])
    await db.rows('create view s.outside as select id from s.m')
    expect((await runOne(db, [{ ...action, query: 'select 2 as id' }])).status).toBe('succeeded')
    expect(await db.rows('select * from s.outside')).toEqual([{ id: 2 }])
    expect(
      await db.rows(
        `select indexname, obj_description('s.m'::regclass) as comment from pg_indexes where tablename = 'm'`,
      ),
    ).toEqual([{ indexname: 'm_id_key', comment: 'Stored.' }])
  })
})

describe('a chain of views and tables in one run', () => {
  test('builds in order, twice, with columns changed in between', async () => {
    const chain = (column: string) => [
      table('s.a', { query: `select 1 as ${column}` }),
      view('s.b', { query: `select ${column} from s.a`, dependencies: [target('s.a')] }),
      table('s.c', { query: `select ${column} from s.b`, dependencies: [target('s.b')] }),
      view('s.d', { query: `select ${column} from s.c`, dependencies: [target('s.c')] }),
    ]
    for (const column of ['first', 'first', 'second']) {
      const { results } = await runActions(db, chain(column))
      expect(results.map((result) => result.status)).toEqual(Array(4).fill('succeeded'))
      expect(await db.rows('select * from s.d')).toEqual([{ [column]: 1 }])
    }
  })
})
