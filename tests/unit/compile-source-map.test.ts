import fc from 'fast-check'
import { createRequire } from 'node:module'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
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
    ['bad_inner', '10:47'],
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
    const source =
      'config { type: "table", assertions: { rowConditions: ["amuont > 0"] } }\nselect 1'
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

const core = createRequire(import.meta.url)('@dataform/core') as {
  compiler(source: string, path: string): string
}

/** What core makes of a file's body: its own compiler's output, evaluated. */
function evaluate(source: string): string {
  let body = ''
  const dataform = {
    sqlxAction: (action: { sqlContextable: (ctx: object) => string[] }) => {
      body = action.sqlContextable({
        when: (condition: boolean, yes: string) => (condition ? yes : ''),
        incremental: () => true,
        self: () => '"dw"."m"',
        ref: (name: string) => `"dw"."${name}"`,
      })[0] as string
    },
  }
  runInNewContext(core.compiler(source, 'definitions/p.sqlx'), { dataform })
  return body
}

/** A template: literal pieces, then a marker, then an interpolation; several times. */
const literal = fc
  .array(
    fc.constantFrom(
      'word',
      ' ',
      ',\n',
      "'it''s { here'",
      '"a } name"',
      '-- a comment with ${nothing} and `this`\n',
      '-- one with a \\d backslash\n',
      '/* } ` */',
      "r'\\d+'",
      "'in ${[1, 2].join('}')} side'",
      "'''three ' '''",
      '}',
      'js { const x = `}` }',
    ),
    { maxLength: 5 },
  )
  .map((words) => words.join(' '))
const expression = fc.constantFrom(
  '${["}", 1].join("{")}',
  '${`a${"}"}b`}',
  '${{ a: { b: 1 } }.a.b}',
  "${['\\''] /* } */}",
  '${ref("other")}',
  '${when(incremental(), `x ${self()} y`)}',
)

describe('locateInSource, for any file', () => {
  it('gives the exact place of every marker in what core compiles', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(literal, expression), { minLength: 1, maxLength: 6 }),
        fc.constantFrom('', 'config {\n  type: "table"\n}\n'),
        fc.constantFrom('', '\npre_operations {\n  select ${self()} }\n'),
        (pieces, config, operations) => {
          // A second js block would declare the same name again.
          let hasBlock = false
          const texts = pieces.map(([text, code], index) => {
            const once = text.replace(/js \{.*?` \}/g, (block) => {
              if (hasBlock) return ''
              hasBlock = true
              return block
            })
            return `${once}\n MARK${index}. ${code}`
          })
          const source = config + texts.join('') + operations
          const compiled = evaluate(source)
          writeFileSync(join(dir, 'p.sqlx'), source)
          pieces.forEach((_, index) => {
            const marker = `MARK${index}.`
            const before = source.slice(0, source.indexOf(marker)).split('\n')
            expect(locateInSource(dir, 'p.sqlx', compiled, compiled.indexOf(marker))).toMatchObject(
              { line: before.length, column: (before.at(-1) ?? '').length + 1 },
            )
          })
        },
      ),
      { numRuns: 300 },
    )
  })

  it('never fails, whatever the file holds', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...Array.from('ab \n\'"`${}-/*\\;')), maxLength: 60 }),
        fc.string({ unit: fc.constantFrom(...Array.from('ab \n\'"`${}-')), maxLength: 40 }),
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
