import { Ansis } from 'ansis'
import { describe, expect, test } from 'vitest'
import { renderFailure } from '../../src/failure/render-failure.js'
import { renderSpot } from '../../src/failure/render-spot.js'
import { formatDuration } from '../../src/report/format.js'
import { plainLines } from '../../src/report/plain.js'
import { summaryTable } from '../../src/report/summary.js'
import { exitCodeOf } from '../../src/run/events.js'
import type { ActionResult, RunReport } from '../../src/run/events.js'

const plain = new Ansis(0)

const result = (name: string, rest: Partial<ActionResult>): ActionResult => ({
  target: { schema: 's', name },
  type: 'table',
  status: 'succeeded',
  fileName: `definitions/${name}.sqlx`,
  durationMs: 1000,
  rows: 10,
  outcome: 'created',
  ...rest,
})

const report = (results: readonly ActionResult[], cancelled = false): RunReport => ({
  results,
  cancelled,
  startedAt: new Date(0),
  durationMs: 2000,
})

describe('formatDuration', () => {
  test.each([
    [0, '0.00s'],
    [994, '0.99s'],
    [996, '1.0s'],
    [59_949, '59.9s'],
    [59_951, '1m 00s'],
    [3_599_600, '1h 00m'],
    [7_380_000, '2h 03m'],
  ])('%d ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })
})

describe('exitCodeOf', () => {
  test('is 1 for a failure or a cancelled run, 0 for warnings', () => {
    expect(exitCodeOf(report([result('a', { status: 'warned' })]))).toBe(0)
    expect(exitCodeOf(report([result('a', { status: 'failed' })]))).toBe(1)
    expect(exitCodeOf(report([result('a', {})], true))).toBe(1)
  })
})

describe('the summary', () => {
  test('counts by kind and status, and leaves out columns without a number', () => {
    const table = summaryTable(
      report([
        result('a', {}),
        result('b', { type: 'assertion', rows: 3, status: 'failed' }),
        result('c', { type: 'assertion', rows: 0 }),
        result('d', { type: 'view', rows: null }),
      ]),
      plain,
    )
    expect(table).toBe(
      [
        '           ok  failed  rows  time',
        'view        1       -        1.0s',
        'table       1       -    10  1.0s',
        'assertion   1       1        2.0s',
        'total       3       1    10  4.0s',
      ].join('\n'),
    )
  })
})

describe('renderSpot', () => {
  test('puts the caret under the text, tabs and wide characters included', () => {
    expect(
      renderSpot(
        { file: 'a.sqlx', line: 12, column: 6, text: '\t漢字 x bad', length: 1 },
        'wrong',
        plain,
      ),
    ).toBe('a.sqlx:12:6  wrong\n  12 |  漢字 x bad\n              ^')
  })

  test('never underlines past the end of the line', () => {
    expect(
      renderSpot({ file: 'a', line: 1, column: 2, text: 'abc', length: 99 }, 'm', plain),
    ).toMatch(/\n {8}\^\^$/)
  })
})

describe('renderFailure', () => {
  test('a sample keeps control characters and long texts out of the terminal', () => {
    const text = renderFailure(
      {
        kind: 'assertion',
        message: '2 rows failed',
        failingRows: 2,
        sample: [{ a: `x\n\u001b[31m${'y'.repeat(80)}`, b: null, c: { d: 1 } }],
      },
      plain,
    )
    expect(text).not.toContain('\u001b')
    expect(text).toMatch(/NULL/)
    expect(text).toMatch(/\{"d":1\}/)
    expect(text).toMatch(/and 1 more rows/)
    for (const line of text.split('\n')) expect(line.length).toBeLessThan(80)
  })
})

describe('plain lines', () => {
  test('name the action, what became of it and how long it took', () => {
    expect(
      plainLines(
        {
          type: 'action-finished',
          result: result('a', { rows: 1204, durationMs: 83 }),
          done: 3,
          total: 45,
        },
        plain,
      ),
    ).toBe('ok    3/45 s.a  created, 1,204 rows, 0.08s')
  })
})
