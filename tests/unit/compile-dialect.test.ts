import { describe, expect, it } from 'vitest'
import { postgresDialect } from '../../src/compile/dialect.js'

const sql = postgresDialect('dw')

describe('the PostgreSQL dialect', () => {
  it('quotes names and leaves databases out', () => {
    const target = { database: 'db', schema: 'a"b', name: 'Table' }
    expect(sql.resolveTarget(target)).toBe('"a""b"."Table"')
    expect(sql.resolveTarget({ name: 't' })).toBe('"dw"."t"')
  })

  it('writes literals that PostgreSQL reads', () => {
    expect(sql.sqlString("it's")).toBe("'it''s'")
    expect(sql.sqlString('a\\b')).toBe("E'a\\\\b'")
  })

  it('names the table once for any number of row conditions', () => {
    const text = sql.rowConditionsAssertion('"s"."t"', ["a <> 'x'", 'b > 0 -- positive', 'c'])
    expect(text.match(/FROM "s"\."t"/g)).toHaveLength(1)
    expect(text).toContain(`('a <> ''x''', (`)
  })

  it('needs no join for one row condition', () => {
    expect(sql.rowConditionsAssertion('"s"."t"', ['a > 0'])).not.toMatch(/join/i)
  })

  it('leaves columns as the user wrote them', () => {
    expect(sql.indexAssertion('"s"."t"', ['"Mixed"', 'lower(b)'])).toContain(
      'GROUP BY "Mixed", lower(b)',
    )
  })
})
