import { describe, expect, test } from 'vitest'
import { parsePostgresOptions, parseSeverity } from '../../src/plan/options.js'

describe('parsePostgresOptions', () => {
  test('no options at all', () => {
    expect(parsePostgresOptions({})).toEqual({
      options: { indexes: [], foreignKeys: [], unlogged: false, fillfactor: null },
      problems: [],
    })
  })

  test('an index with everything', () => {
    const { options, problems } = parsePostgresOptions({
      postgres: {
        indexes: [
          {
            name: 'mine',
            columns: [
              'a',
              { column: 'lower(b)', opclass: 'text_pattern_ops', order: 'DESC', nulls: 'last' },
            ],
            opclass: 'int4_ops',
            unique: true,
            method: 'gin',
            where: 'a > 0',
            include: ['c'],
            nullsNotDistinct: true,
            with: { fillfactor: 70 },
          },
        ],
      },
    })
    expect(problems).toEqual([])
    expect(options.indexes).toEqual([
      {
        name: 'mine',
        columns: [
          { text: 'a', opclass: 'int4_ops', order: null, nulls: null, collation: null },
          {
            text: 'lower(b)',
            opclass: 'text_pattern_ops',
            order: 'desc',
            nulls: 'last',
            collation: null,
          },
        ],
        unique: true,
        method: 'gin',
        where: 'a > 0',
        include: ['c'],
        nullsNotDistinct: true,
        with: { fillfactor: '70' },
      },
    ])
  })

  test('a foreign key', () => {
    const key = {
      columns: ['a'],
      references: { schema: 's', table: 'p', columns: ['id'] },
      onDelete: 'cascade',
    }
    expect(parsePostgresOptions({ postgres: { foreignKeys: [key] } })).toMatchObject({
      options: {
        foreignKeys: [
          {
            name: null,
            references: { table: { schema: 's', name: 'p' } },
            onDelete: 'cascade',
            onUpdate: null,
          },
        ],
      },
      problems: [],
    })
  })

  test('everything wrong is said at once', () => {
    const { problems } = parsePostgresOptions({
      postgres: {
        indexes: [
          { columns: [] },
          { columns: ['a'], method: 'tree', uniq: true },
          { columns: [{ opclass: 'a; drop table b' }, 1], with: { fillfactor: '1) x' }, name: ' ' },
        ],
        foreignKeys: [{ columns: ['a'], references: { table: 'p' }, onDelete: 'explode' }, 7],
        fillfactor: 5,
        foo: 1,
      },
    })
    expect(problems).toEqual([
      'unknown postgres options: foo',
      'postgres.fillfactor must be a number from 10 to 100',
      'postgres.indexes[0].columns must be a list of column names or expressions',
      'postgres.indexes[1] has unknown keys: uniq',
      'postgres.indexes[1].method must be one of btree, hash, gin, gist, spgist, brin',
      'postgres.indexes[2].columns[0] must have a `column`',
      'postgres.indexes[2].columns[0].opclass: "a; drop table b" is not the name of an operator class',
      'postgres.indexes[2].columns[1] must be a column, an expression, or an object with `column`',
      'postgres.indexes[2].name must be a name',
      'postgres.indexes[2].with must be an object of storage parameters, such as { fillfactor: 90 }',
      'postgres.foreignKeys[0].onDelete must be one of no action, restrict, cascade, set null, set default',
      'postgres.foreignKeys[0].references must have `schema`, `table` and a list of `columns`',
      'postgres.foreignKeys[1] must be an object with `columns` and `references`',
    ])
  })
})

describe('parseSeverity', () => {
  test('error unless it says warn; anything else is refused', () => {
    expect(parseSeverity({})).toBe('error')
    expect(parseSeverity({ quality: { severity: 'warn' } })).toBe('warn')
    expect(parseSeverity({ quality: { severity: 'error' } })).toBe('error')
    expect(parseSeverity({ quality: { severity: 'warning' } })).toBeNull()
  })
})
