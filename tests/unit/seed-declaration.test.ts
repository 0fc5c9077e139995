/** What `seeds/seeds.yaml` may say, and how mistakes in it are reported. */
import { describe, expect, test } from 'vitest'
import { addLoads } from '../../src/seed/add-loads.js'
import { chooseSources } from '../../src/seed/choose-sources.js'
import { readSeeds, type SeedSource } from '../../src/seed/declaration.js'
import { parseSeeds } from '../../src/seed/parse-seeds.js'
import type { DeclarationAction, Graph, TableAction } from '../../src/graph/types.js'

const MINIMAL = `sources:
  a:
    path: x/*.json
    format: json
    columns: { id: }
`

function sources(text: string): readonly SeedSource[] {
  const result = parseSeeds(text)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.sources
}

/** `line:column message (hint)`, as an editor could show them. */
function problems(text: string): readonly string[] {
  const result = parseSeeds(text)
  if (result.ok) throw new Error('no problems')
  return result.problems.map(({ at, message, hint }) => {
    expect(at?.file).toBe('seeds/seeds.yaml')
    expect(at?.text).toBe(text.split('\n')[(at?.line ?? 0) - 1])
    return `${at?.line ?? 0}:${at?.column ?? 0} ${message}${hint === undefined ? '' : ` (${hint})`}`
  })
}

describe('seeds.yaml', () => {
  test('a source in full', () => {
    expect(
      sources(`# a comment
sources:
  clicks:
    description: One row a click.
    path: [web/**/*.json, "old/*.ndjson"]
    format: ndjson
    target: landing.click_log
    root: project
    mode: append
    tags: [web, daily]
    columns:
      id: text
      seen_at: { description: When. }
      tree: jsonb
      list: { type: jsonb, description: What. }
      plain:
    aliases: { ID: id, seenAt: seen_at }
`),
    ).toEqual([
      {
        name: 'clicks',
        description: 'One row a click.',
        paths: ['web/**/*.json', 'old/*.ndjson'],
        format: 'ndjson',
        target: { schema: 'landing', name: 'click_log' },
        mode: 'append',
        root: 'project',
        csv: {},
        tags: ['web', 'daily'],
        columns: [
          { name: 'id', type: 'text', description: '' },
          { name: 'seen_at', type: 'text', description: 'When.' },
          { name: 'tree', type: 'jsonb', description: '' },
          { name: 'list', type: 'jsonb', description: 'What.' },
          { name: 'plain', type: 'text', description: '' },
        ],
        aliases: { ID: 'id', seenAt: 'seen_at' },
        line: 3,
      },
    ])
  })

  test('what is left out has its usual value', () => {
    expect(sources(MINIMAL)).toEqual([
      {
        name: 'a',
        description: '',
        paths: ['x/*.json'],
        format: 'json',
        target: { schema: 'raw', name: 'a' },
        mode: 'append',
        root: 'data',
        csv: {},
        tags: [],
        columns: [{ name: 'id', type: 'text', description: '' }],
        aliases: {},
        line: 2,
      },
    ])
  })

  test('an empty file and one without sources declare nothing', () => {
    expect(sources('')).toEqual([])
    expect(sources('# nothing yet\n')).toEqual([])
    expect(sources('sources:\n')).toEqual([])
  })

  test('a project without the file has no sources', async () => {
    expect(await readSeeds(import.meta.dirname)).toEqual({ ok: true, sources: [] })
  })

  test('how CSV files are written', () => {
    const [source] = sources(`sources:
  a:
    path: a.csv
    format: csv
    csv: { delimiter: "\\t", quote: "'", escape: "\\\\", encoding: latin1, header: false }
    columns: { id: }
`)
    expect(source?.csv).toEqual({
      delimiter: '\t',
      quote: "'",
      escape: '\\',
      encoding: 'latin1',
      header: false,
    })
  })

  test('where files may be CSV, it can be said how', () => {
    const [source] = sources(`sources:
  a: { path: 'a/**', format: auto, csv: { delimiter: ';' }, columns: { id: } }
`)
    expect(source).toMatchObject({ format: 'auto', csv: { delimiter: ';' } })
  })

  test('every problem of how CSV files are written', () => {
    expect(
      problems(`sources:
  a:
    path: a.csv
    format: csv
    csv: { delimiter: "||", quot: "'", encoding: utf-9, header: first, escape: }
    columns: { id: }
  b:
    path: a.json
    format: json
    csv: { delimiter: '"' }
    columns: { id: }
`),
    ).toEqual([
      '5:23 "csv.delimiter" of source "a" must be one character of ASCII (A tabulator is "\\t", in double quotes.)',
      '5:29 unknown key "quot" in "csv" of source "a" (Did you mean "quote"?)',
      '5:50 "csv.encoding" of source "a" is no encoding that is known: utf-9 (For example utf-8, windows-1252, utf-16le, shift_jis.)',
      '5:65 "csv.header" of source "a" must be true or false',
      '5:72 "csv.escape" of source "a" has no value',
      '10:10 "csv" of source "b" is for the formats csv and auto alone',
      '10:10 delimiter and quote of source "b" are the same character',
    ])
  })

  test('every problem is reported, each with its place', () => {
    expect(
      problems(`sources:
  a:
    paths: x.json
    format: xml
    target: a.b.c
    columns: { id: integer, _file: text, tree: { typ: jsonb } }
    aliases: { ID: idd, tree: id }
  b:
  c:
    path: [../x.json, /etc/x.json]
    format: xlsx
    mode: snapshots
    root: projects
    columns: [id]
    tags: { a: b }
version: 1
`),
    ).toEqual([
      '2:3 source "a" has no "path"',
      '3:5 unknown key "paths" in source "a" (Did you mean "path"?)',
      '4:13 "format" of source "a" must be json or ndjson or csv or parquet or auto',
      '5:13 "target" of source "a" must be schema.name or name: a.b.c',
      '6:20 the type of column "id" must be text or jsonb',
      '6:29 column "_file" of source "a" is there in every raw table',
      '6:50 unknown key "typ" in column "tree" (Did you mean "type"?)',
      '7:16 alias "ID" of source "a" stands for "idd", which is no column',
      '7:25 alias "tree" of source "a" is a column itself',
      '8:3 source "b" has no fields (It needs at least path, format and columns.)',
      '10:12 "path" of source "c" must stay inside the data root: ../x.json (Write it relative to the data root, with forward slashes; --data chooses another root.)',
      '10:23 "path" of source "c" must stay inside the data root: /etc/x.json (Write it relative to the data root, with forward slashes; --data chooses another root.)',
      '11:13 "format" of source "c" must be json or ndjson or csv or parquet or auto',
      '12:11 "mode" of source "c" must be append or snapshot or replace',
      '13:11 "root" of source "c" must be data or project',
      '14:14 "columns" of source "c" must be a map of names',
      '15:11 "tags" of source "c" must be a text',
      '16:1 unknown key "version" in the file (Known are sources.)',
    ])
  })

  test('YAML that is no YAML', () => {
    expect(problems('sources:\n  a: [1\n  b: 2\n')[0]).toMatch(/^3:\d+ /)
    const indented = `${MINIMAL}${'  b: { path: x, format: json, columns: {} }\n'.repeat(30)}`
    expect(problems(indented.replace('  a:', '   a:'))).toHaveLength(1)
    expect(problems('sources: { a: 1 }\n')).toEqual(['1:15 source "a" must be a map of names'])
    expect(problems('- a\n')).toEqual(['1:1 the file must be a map of names'])
  })

  test('a name given twice, a name that is too long, two sources of one table', () => {
    expect(problems(`${MINIMAL}  a: {}\n`)[0]).toMatch(/^6:3 /)
    const long = 'x'.repeat(64)
    expect(problems(MINIMAL.replace('{ id: }', `{ ${long}: }`))).toEqual([
      `5:16 "${long}" has more than 63 bytes, PostgreSQL's limit for names`,
    ])
    expect(
      problems(
        `${MINIMAL}  b:\n    path: y/*.json\n    format: json\n    target: raw.a\n    columns: { id: }\n`,
      ),
    ).toEqual([
      '6:1 source "b" loads into raw.a, which source "a" does already (Give one source both path patterns, or another target.)',
    ])
  })
})

test("the loader's own tables are nobody's target", () => {
  const target = (name: string): string =>
    MINIMAL.replace('    columns', `    target: ${name}\n    columns`)
  for (const name of ['raw.rejects', 'rejects', 'dataform_state.loads'])
    expect(problems(target(name))[0]).toMatch(
      /^2:1 source "a" loads into (raw\.rejects|dataform_state\.loads), which is a table of the loader's own/,
    )
  expect(problems(MINIMAL.replace('  a:', '  rejects:'))).toHaveLength(1)
  expect(parseSeeds(target('other.rejects')).ok).toBe(true)
})

describe('choosing sources', () => {
  const all = sources(
    ['a', 'b', 'c']
      .map((name) => `  ${name}: { path: x, format: json, columns: {}, tags: [t${name}, all] }\n`)
      .reduce((text, line) => text + line, 'sources:\n'),
  )
  const names = (tags: readonly string[], chosen: readonly string[]): readonly string[] =>
    chooseSources(all, { tags, names: chosen }).map(({ name }) => name)

  test('by tag, by name, by both, all of them', () => {
    expect(names([], [])).toEqual(['a', 'b', 'c'])
    expect(names(['tb'], [])).toEqual(['b'])
    expect(names(['all'], [])).toEqual(['a', 'b', 'c'])
    expect(names(['ta'], ['c'])).toEqual(['a', 'c'])
  })

  test('tags where there are none', () => {
    const untagged = sources('sources:\n  a: { path: x, format: json, columns: {} }\n')
    expect(() => chooseSources(untagged, { tags: ['zz'], names: [] })).toThrow(
      expect.objectContaining({ hint: 'No source has tags: use --sources.' }) as Error,
    )
  })

  test('what does not exist is an error with the names that do', () => {
    expect(() => names([], ['d'])).toThrow('there is no source "d"')
    expect(() => names(['x'], [])).toThrow('no source has the tag x')
  })
})

describe('loads in the graph', () => {
  const base = { dependencies: [], disabled: false, columns: [], extraProperties: {} } as const
  const declaration: DeclarationAction = {
    ...base,
    type: 'declaration',
    target: { schema: 'raw', name: 'a' },
    tags: ['seen', 'both'],
    fileName: 'definitions/sources.js',
    description: 'As it came.',
  }
  const [source] = sources(
    MINIMAL.replace(
      '    format',
      '    tags: [both, media]\n    description: From the files.\n    format',
    ),
  )
  if (source === undefined) throw new Error('no source')
  const graphOf = (...actions: Graph['actions']): Graph => ({ actions, tests: [], vars: {} })

  test('a declaration of the table becomes the load, with the tags of both', () => {
    expect(addLoads(graphOf(declaration), [source]).actions).toEqual([
      {
        ...declaration,
        type: 'load',
        source: 'a',
        fileName: 'seeds/seeds.yaml',
        tags: ['seen', 'both', 'media'],
      },
    ])
    const bare = { ...declaration, description: '' }
    expect(addLoads(graphOf(bare), [source]).actions[0]?.description).toBe('From the files.')
  })

  test('other declarations stay, a source without one is added', () => {
    const other = { ...declaration, target: { schema: 'raw', name: 'b' } }
    const { actions } = addLoads(graphOf(other), [source])
    expect(actions[0]).toBe(other)
    expect(actions[1]).toMatchObject({
      type: 'load',
      source: 'a',
      target: { schema: 'raw', name: 'a' },
      tags: ['both', 'media'],
      description: 'From the files.',
    })
    expect(actions).toHaveLength(2)
  })

  test('a table that is both loaded and built is a problem', () => {
    const table: TableAction = {
      ...declaration,
      type: 'table',
      fileName: 'definitions/a.sqlx',
      query: 'select 1',
      preOps: [],
      postOps: [],
      storage: {
        partitionBy: null,
        clusterBy: [],
        partitionExpirationDays: null,
        requirePartitionFilter: false,
      },
    }
    expect(() => addLoads(graphOf(table), [source])).toThrow(
      'raw.a is loaded by source "a" and also built by definitions/a.sqlx',
    )
  })
})
