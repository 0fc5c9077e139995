import { Ansis } from 'ansis'
import { describe, expect, test } from 'vitest'
import { fitSpot, renderFinding } from '../../src/report/finding.js'
import { renderValidation } from '../../src/report/validation.js'
import { wrap, wrapList } from '../../src/report/wrap.js'
import { inOrder } from '../../src/validate/order.js'
import type { ValidationReport } from '../../src/validate/types.js'
import { table, target } from '../support/actions.js'

const STYLE = { color: new Ansis(0), width: 40 }

const NOTHING: ValidationReport = {
  problems: [],
  remarks: [],
  changes: [],
  unchanged: 0,
  created: [],
  notChecked: [],
  actions: 1,
  tests: 0,
  durationMs: 1500,
}

describe('wrap', () => {
  test('breaks at spaces, and lets a long word stick out', () => {
    expect(wrap('one two threefour five', 9, '  ')).toEqual(['  one two', '  threefour', '  five'])
    expect(wrap('', 9)).toEqual([])
  })

  test('of a long list the beginning is shown', () => {
    const items = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
    expect(wrapList('7 things:', items, 80)).toBe('7 things: a, b, c, d, e, f, g')
    expect(wrapList('8 things:', [...items, 'h'], 26)).toBe(
      '8 things: a, b, c, d, e,\n  f and 2 more',
    )
  })
})

describe('fitSpot', () => {
  const text = `${'a'.repeat(30)}ERROR${'b'.repeat(30)}`

  test.each([1, 31, 33, 65])('shows column %i of a long line', (column) => {
    const spot = fitSpot({ file: 'f', line: 1, column, text }, 40)
    expect(spot.text).toHaveLength(33)
    expect(spot.text?.[(spot.column ?? 0) - 1]).toBe(text[column - 1])
  })

  test('leaves a line alone that fits', () => {
    const spot = { file: 'f', line: 1, column: 3, text: 'short' }
    expect(fitSpot(spot, 40)).toBe(spot)
  })
})

describe('renderFinding', () => {
  test('a place says the column in the file, whatever is shown of the line', () => {
    const text = `${'a'.repeat(60)}X`
    const at = { file: 'definitions/a.sqlx', line: 3, column: 61, text }
    const lines = renderFinding({ about: 'dw.a', message: 'no X', at }, STYLE).split('\n')
    expect(lines).toEqual([
      'definitions/a.sqlx:3:61  no X',
      `   3 | …${'a'.repeat(31)}X`,
      `${' '.repeat(39)}^`,
    ])
  })

  test('names the action where the file does not', () => {
    const at = { file: 'definitions/actions.js' }
    expect(renderFinding({ about: 'dw.a', message: 'no', at }, STYLE)).toBe(
      'definitions/actions.js  no [dw.a]',
    )
  })
})

describe('renderValidation', () => {
  test('says that all is well', () => {
    expect(renderValidation(NOTHING, [], { ...STYLE, width: 80 })).toBe(
      'No problem in 1 action; 1.5s, nothing was changed.\n',
    )
  })

  test('lists changes, new relations and what was not checked', () => {
    const report: ValidationReport = {
      ...NOTHING,
      changes: [
        {
          relation: 'dw.a',
          kind: 'view',
          was: 'table',
          added: [{ name: 'id', type: 'integer' }],
          removed: [],
          retyped: [{ name: 'name', from: 'text', to: 'date' }],
        },
      ],
      unchanged: 2,
      created: [{ relation: 'dw.b', kind: 'materialized view' }],
      notChecked: [
        { about: 'dw.c', what: 'statement', reason: 'do in pre_operations', because: null },
        { about: 'dw.d', what: 'action', reason: 'because of dw.e', because: 'dw.e' },
        { about: 'dw.f', what: 'statement', reason: 'do in pre_operations', because: null },
      ],
      tests: 2,
    }
    const warning = { kind: 'config', message: 'mind the gap' } as const
    expect(renderValidation(report, [warning], { ...STYLE, width: 80 })).toBe(`warn   mind the gap

dw.a (table, becomes a view)
  + id    integer
  ~ name  text -> date

new 1 materialized view: dw.b
2 existing relations keep their columns

Not checked
- do in pre_operations, not executed (2): dw.c, dw.f
- because of dw.e (1): dw.d

No problem, 1 warning in 1 action and 2 unit tests; 1.5s, nothing was changed.
`)
  })
})

test('what is read comes first, but no dependency is broken for it', () => {
  const dependsOn = (...keys: readonly string[]) => ({ dependencies: keys.map(target) })
  const actions = [
    table('d.a'),
    table('d.b', dependsOn('d.c')),
    table('d.c'),
    table('d.d', dependsOn('d.e')),
    table('d.e'),
    table('d.f'),
  ]
  const reads: Readonly<Record<string, readonly string[]>> = { a: ['d.f'], e: ['d.d', 'd.nix'] }
  const ordered = inOrder(actions, ({ target: { name } }) => reads[name] ?? [])
  expect(ordered.map((action) => action.target.name)).toEqual(['f', 'a', 'c', 'b', 'e', 'd'])
})
