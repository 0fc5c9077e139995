/**
 * For BigQuery projects `compile` prints what the stock command prints. Both commands run for real, in
 * copies of the fixture projects.
 */
import { execFile } from 'node:child_process'
import { copyFile, cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const fixtures = join(root, 'tests', 'fixtures', 'conformance')
const stock = join(root, 'node_modules', '@dataform', 'cli', 'bundle.js')
const ours = join(root, 'dist', 'cli', 'main.js')

interface Outcome {
  readonly code: number
  readonly stdout: string
}

function compile(command: string, dir: string, args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [command, 'compile', dir, ...args],
      { env: { PATH: process.env.PATH, HOME: tmpdir() }, maxBuffer: 1 << 26 },
      (error, stdout) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout })
      },
    )
  })
}

/** Packages live outside `node_modules` in the fixture, where nothing ignores them. */
async function copyOfFixture(name: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'dataform-conformance-'))
  await cp(join(fixtures, name), dir, { recursive: true })
  await cp(join(fixtures, name, 'packages'), join(dir, 'node_modules'), {
    recursive: true,
    force: true,
  }).catch(() => undefined)
  const core = join(dir, 'node_modules', '@dataform', 'core')
  await mkdir(core, { recursive: true })
  // A copy, not a link: the stock command refuses to leave the project's folder.
  for (const file of ['bundle.js', 'package.json'])
    await copyFile(join(root, 'node_modules', '@dataform', 'core', file), join(core, file))
  return dir
}

const cases: Readonly<Record<string, readonly (readonly string[])[]>> = {
  'dataform-json': [
    [],
    [
      '--vars=as_of=2020-01-01,country=x',
      '--schema-suffix=sfx',
      '--table-prefix=pre',
      '--database-suffix=dbs',
    ],
    [
      '--default-schema=ds',
      '--default-database=dd',
      '--default-location=US',
      '--assertion-schema=aa',
      '--disable-assertions',
      '--default-reservation=r',
    ],
    ['--output-actions', 'fct_sales', '--quiet'],
    ['--output-actions', 'a-project.js.js_table,stg_orders', '--output-include-dependents'],
    ['--output-tags', 'daily', 'checks', '--output-include-deps'],
    ['--output-actions', 'there_is_no_such_action'],
  ],
  'workflow-settings': [
    [],
    ['--vars=size=99', '--schema-suffix=other', '--table-prefix=x'],
    ['--output-tags=one', '--output-include-deps'],
  ],
}

describe.each(Object.entries(cases))('%s', (name, argumentLists) => {
  let dir: string
  beforeAll(async () => {
    dir = await copyOfFixture(name)
  })
  afterAll(async () => {
    await rm(dir, { recursive: true, force: true })
  })

  it.each(argumentLists.map((args) => [args.join(' '), args] as const))(
    'prints the same graph: --json %s',
    async (_title, args) => {
      const [expected, actual] = await Promise.all([
        compile(stock, dir, [...args, '--json']),
        compile(ours, dir, [...args, '--json']),
      ])
      expect(actual.code).toBe(0)
      expect(expected.code).toBe(0)
      expect(JSON.parse(actual.stdout)).toStrictEqual(JSON.parse(expected.stdout))
    },
  )

  it('prints the same text for Graphviz', async () => {
    const [expected, actual] = await Promise.all([
      compile(stock, dir, ['--dot']),
      compile(ours, dir, ['--dot']),
    ])
    expect(actual).toEqual(expected)
  })
})

describe('what the comparison stands on', () => {
  it('has every kind of action', async () => {
    const dir = await copyOfFixture('dataform-json')
    try {
      const { stdout } = await compile(ours, dir, ['--json'])
      const graph = JSON.parse(stdout) as Record<string, readonly { type?: string }[]>
      expect(new Set(graph['tables']?.map(({ type }) => type))).toEqual(
        new Set(['table', 'view', 'incremental']),
      )
      for (const kind of ['operations', 'assertions', 'declarations', 'tests', 'notebooks'])
        expect(graph[kind]?.length, kind).toBeGreaterThan(0)
    } finally {
      await rm(dir, { recursive: true, force: true })
    }
  })
})
