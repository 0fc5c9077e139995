import fc from 'fast-check'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { locateInSource } from '../../src/compile/source-map.js'
import { scanSqlx } from '../../src/compile/sqlx-scanner.js'

const dir = mkdtempSync(join(tmpdir(), 'dataform-source-map-'))
afterAll(() => {
  rmSync(dir, { recursive: true, force: true })
})

function locate(file: string, source: string, compiled: string, needle: string): string {
  writeFileSync(join(dir, file), source)
  const spot = locateInSource(dir, file, compiled, compiled.indexOf(needle))
  return spot === null ? 'nowhere' : `${spot.line ?? 0}:${spot.column ?? 0}`
}

const MODEL = [
  'config { type: "table", description: "a } b", columns: { x: "select bad" } }',
  'js {',
  '  const list = (n) => `${n.map((x) => `{${x}}`).join(",")}`; // }',
  '}',
  '-- it reads `raw` and says \\d',
  'select',
  "  'it''s' as quoted, ${list([1, 2])} as list,",
  '  bad_column',
  'from ${ref("raw", "t")}',
  '${when(incremental(), `where at > (select max(bad_inner) from ${self()})`)}',
  'post_operations {',
  '  select 1',
  '  ---',
  '  grant select on ${self()} to bad_role',
  '}',
].join('\n')

const BODY = [
  '',
  '',
  '-- it reads `raw` and says d',
  'select',
  "  'it''s' as quoted, {1},{2} as list,",
  '  bad_column',
  'from "raw"."t"',
  'where at > (select max(bad_inner) from "dw"."m")',
  '',
].join('\n')

describe('locateInSource', () => {
  it.each([
    ['bad_column', '8:3'],
    ['as list', '7:38'],
    ['quoted', '7:14'],
    // What a function makes is at the interpolation; text inside it is found in there.
    ['{1},{2}', '7:22'],
    ['"raw"."t"', '9:6'],
    ['bad_inner', '10:48'],
  ])('finds %s of a model', (needle, place) => {
    expect(locate('m.sqlx', MODEL, BODY, needle)).toBe(place)
  })

  it('finds it where the text was trimmed', () => {
    expect(locate('m.sqlx', MODEL, BODY.trim(), 'bad_column')).toBe('8:3')
  })

  it('finds it where the query was wrapped', () => {
    const wrapped = `select * from (\n${BODY}\n) as subquery\nwhere id > 3`
    expect(locate('m.sqlx', MODEL, wrapped, 'bad_column')).toBe('8:3')
  })

  it('finds the statements of an operations block', () => {
    const compiled = '\n  grant select on "dw"."m" to bad_role\n'
    expect(locate('m.sqlx', MODEL, compiled, 'bad_role')).toBe('14:32')
  })

  it('finds the end of the text', () => {
    const source = 'config { type: "view" }\nselect 1 +'
    writeFileSync(join(dir, 'end.sqlx'), source)
    const compiled = '\nselect 1 +'
    expect(locateInSource(dir, 'end.sqlx', compiled, compiled.length)).toMatchObject({
      line: 2,
      column: 11,
    })
  })

  it('counts lines with carriage returns once', () => {
    const source = 'config { type: "view" }\r\nselect 1,\r\n  bad\r\n'
    expect(locate('crlf.sqlx', source, '\nselect 1,\n  bad\n', 'bad')).toBe('3:3')
  })

  it('is not led astray by a value that contains what follows it', () => {
    const source = 'select * from ${ref("a_from_b")}_from x, bad'
    expect(locate('x.sqlx', source, 'select * from "s"."a_from_b"_from x, bad', 'bad')).toBe('1:42')
  })

  it('finds the condition of a built-in assertion in the config', () => {
    const source = 'config { type: "table", assertions: { rowConditions: ["amuont > 0"] } }\nselect 1'
    const compiled = 'SELECT 1\nFROM "s"."t"\nWHERE NOT (\n  amuont > 0\n)'
    expect(locate('a.sqlx', source, compiled, 'amuont')).toBe('1:56')
  })

  it('finds the text of a query in JavaScript', () => {
    const source = 'publish("a").query((ctx) => `\n  select bad_column\n  from ${ctx.ref("b")}`)'
    const compiled = '\n  select bad_column\n  from "dw"."b"'
    expect(locate('a.js', source, compiled, 'bad_column')).toBe('2:10')
  })

  it('gives nothing for a text that is not in the file', () => {
    expect(locate('m.sqlx', 'select 1', 'update y set z = 0', 'z')).toBe('nowhere')
    expect(locateInSource(dir, 'missing.sqlx', 'select 1', 0)).toBeNull()
  })
})

/** A template: literal pieces with a marker each, and interpolations of all shapes between them. */
const literal = fc.stringMatching(/^[a-z ,\n"']{0,20}$/)
const expression = fc.constantFrom(
  ['${f("}")}', 'F1'],
  ['${`a${"}"}b`}', 'F2'],
  ['${{ a: { b: 1 } }.a.b}', 'F3'],
  ["${g('\\'}') /* } */}", 'F4'],
  ['${when(incremental(), `x ${self()} y`)}', ''],
)

describe('locateInSource, for any file', () => {
  it('gives the exact place of every marker that stands in the file', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(literal, expression), { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        fc.boolean(),
        (pieces, hasConfig, hasOperations) => {
          let source = hasConfig ? 'config {\n  type: "table"\n}\n' : ''
          let compiled = hasConfig ? '\n' : ''
          const markers: { offset: number; line: number; column: number }[] = []
          pieces.forEach(([text, [code = '', value = '']], index) => {
            // Quotes are closed: inside an open one core's lexer sees other things.
            const closed = text.replaceAll("'", "''").replaceAll('"', '""').replace(/'''/g, "''")
            const safe = closed.replace(/"""/g, '""').replaceAll("''''", "''")
            source += `${safe} `
            compiled += `${safe} `
            const lines = source.split('\n')
            markers.push({
              offset: compiled.length,
              line: lines.length,
              column: (lines.at(-1) ?? '').length + 1,
            })
            source += `M${index} ${code}`
            compiled += `M${index} ${value}`
          })
          if (hasOperations) source += '\npre_operations { select 1 }\n'
          if (hasOperations) compiled += '\n\n'
          writeFileSync(join(dir, 'p.sqlx'), source)
          for (const { offset, line, column } of markers)
            expect(locateInSource(dir, 'p.sqlx', compiled, offset)).toMatchObject({ line, column })
        },
      ),
      { numRuns: 300 },
    )
  })

  it('never fails, whatever the file holds', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'ab \n\'"`${}-/*\\;'), maxLength: 60 }),
        fc.string({ unit: fc.constantFrom(...'ab \n\'"`${}-'), maxLength: 40 }),
        fc.nat(40),
        (source, compiled, offset) => {
          const parts = scanSqlx(source).flat()
          for (const { start, end } of parts) expect(start).toBeLessThan(end)
          writeFileSync(join(dir, 'any.sqlx'), source)
          const spot = locateInSource(dir, 'any.sqlx', compiled, offset)
          if (spot !== null) expect(spot.line).toBeLessThanOrEqual(source.split('\n').length)
        },
      ),
      { numRuns: 300 },
    )
  })
})
