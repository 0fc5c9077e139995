import { describe, expect, test } from 'vitest'
import { parsePostgresOptions, parseSeverity } from '../../src/plan/options.js'

describe('parsePostgresOptions', () => {
  test('no options at all', () => {
    expect(parsePostgresOptions({})).toEqual({
      options: { indexes: [], unlogged: false, fillfactor: null },
      problems: [],
    })
  })

  test('an index with everything', () => {
    const index = {
      columns: ['a', 'lower(b)'],
      unique: true,
      method: 'gin',
      where: 'a > 0',
      include: ['c'],
    }
    expect(parsePostgresOptions({ postgres: { indexes: [index] } }).options.indexes).toEqual([
      index,
    ])
  })

  test('everything wrong is said at once', () => {
    const { problems } = parsePostgresOptions({
      postgres: {
        indexes: [{ columns: [] }, { columns: ['a'], method: 'tree', uniq: true }],
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
