import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { resultPrinter, type ResultFormat } from '../../src/cli/result-format.js'
import { jsonValue, uniqueNames } from '../../src/cli/result-json.js'
import { fit, renderTable } from '../../src/cli/table.js'

describe('renderTable', () => {
  const columns = [{ name: 'name' }, { name: 'n', align: 'right' as const }]

  test('names, a line, rows; numbers at the right', () => {
    const rows = [
      ['one', '1'],
      [null, '200'],
    ]
    expect(renderTable(columns, rows, { width: 80 })).toBe(
      ['name │   n', '─────┼────', 'one  │   1', 'NULL │ 200'].join('\n'),
    )
  })

  test('no line is wider than the terminal', () => {
    const rows = [
      ['x'.repeat(100), '5'],
      ['漢字'.repeat(30), '6'],
    ]
    const lines = renderTable(columns, rows, { width: 30 }).split('\n')
    expect(lines[2]).toBe(`${'x'.repeat(25)}… │ 5`)
    expect(lines[3]).toContain('…')
    expect(lines).toHaveLength(4)
  })

  test('columns that cannot fit become records', () => {
    const many = Array.from({ length: 8 }, (_, index) => ({ name: `column_${index}` }))
    const row = many.map((_, index) => `value number ${index}`)
    const drawn = renderTable(many, [row, row], { width: 40 })
    expect(drawn.split('\n')).toHaveLength(18)
    expect(drawn).toContain('column_7 │ value number 7')
    expect(drawn).toContain('── row 2 ─')
  })

  test('data cannot steer the terminal', () => {
    expect(renderTable([{ name: 'c' }], [['\u001b[31mred\u0007']], { width: 80 })).toContain(
      '\\x1b[31mred\\x07',
    )
  })

  test('a line feed stays within its cell', () => {
    const lines = renderTable(columns, [['a\nb', '1']], { width: 80 }).split('\n')
    expect(lines.slice(2)).toEqual(['a    │ 1', 'b    │'])
  })
})

test('fit takes from the widest', () => {
  expect(fit([5, 10], 20)).toEqual([5, 10])
  expect(fit([5, 40, 60], 50)).toEqual([5, 23, 22])
  expect(fit([20, 20, 20], 20)).toBeUndefined()
})

describe('jsonValue', () => {
  test.each([
    [null, 23, 'null'],
    ['9007199254740993', 20, '9007199254740993'],
    ['-0.10', 1700, '-0.10'],
    ['NaN', 1700, '"NaN"'],
    ['-Infinity', 701, '"-Infinity"'],
    ['t', 16, 'true'],
    ['{"a": 1.00}', 3802, '{"a": 1.00}'],
    ['say "hi"', 25, '"say \\"hi\\""'],
    ['{1,NULL,{}}'.replace(',{}', ''), 1007, '[1,null]'],
    ['{{a,"b c"},{NULL,"NULL"}}', 1009, '[["a","b c"],[null,"NULL"]]'],
    ['{}', 1016, '[]'],
    ['(1,2)', 600, '"(1,2)"'],
  ])('%j of type %i is %s', (value, typeOid, expected) => {
    const json = jsonValue(value, typeOid)
    expect(json).toBe(expected)
    expect(() => JSON.parse(json) as unknown).not.toThrow()
  })
})

test('uniqueNames keeps columns of one name apart', () => {
  const fields = ['a', 'b', 'a', 'a_2', 'a'].map((name) => ({ name, typeOid: 23 }))
  expect(uniqueNames(fields)).toEqual(['a', 'b', 'a_2', 'a_2_2', 'a_3'])
})

test('CSV: the empty text, quotes and every kind of line end are quoted, NULL is not', async () => {
  const out = new PassThrough()
  const options = { out, remark: () => undefined, width: 80, maxTableRows: 10 }
  const printer = resultPrinter('csv', options)
  printer.onFields(['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, typeOid: 25 })))
  await printer.onRow(['', null, 'a\rb', 'a\nb', 'say "a"'])
  printer.onComplete('SELECT 1')
  out.end()
  expect(await text(out)).toBe('a,b,c,d,e\n"",,"a\rb","a\nb","say ""a"""\n')
})

test('a slow reader holds the rows back', async () => {
  const out = new PassThrough({ highWaterMark: 1 })
  const formats: ResultFormat[] = ['csv', 'json']
  for (const format of formats) {
    const printer = resultPrinter(format, {
      out,
      remark: () => undefined,
      width: 80,
      maxTableRows: 10,
    })
    printer.onFields([{ name: 'n', typeOid: 23 }])
    const holds = Array.from({ length: 600 }, (_, index) => printer.onRow([String(index)]))
    const hold = holds.find((each) => each !== undefined)
    expect(hold).toBeInstanceOf(Promise)
    out.read()
    await hold
  }
  out.end()
  expect(await text(out)).toBe('')
})
