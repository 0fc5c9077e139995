/** The generator of the social domain: the same bytes for the same arguments, and dirt that stays on top. */
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import yargsParser from 'yargs/yargs'
import { findGenerator } from '../../src/generate/registry.js'
import type { FlagValues } from '../../src/generate/types.js'

const project = join(import.meta.dirname, '../..')
const seeds = join(project, 'seeds')

const folders: string[] = []
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true })
})

/** Generates into a folder of its own. @returns the folder */
async function generate(flags: FlagValues): Promise<string> {
  const out = await mkdtemp(join(tmpdir(), 'generate-social-'))
  folders.push(out)
  await findGenerator('social')?.prepare({ ...flags, out })(() => undefined)
  return out
}

/** The texts of the domain's files and of its manifest, by path. */
async function textsIn(root: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(join(root, 'social'), { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
  const files = ['manifest-social.json', ...paths].sort()
  const texts = await Promise.all(
    files.map(async (file) => [file, await readFile(join(root, file), 'utf8')] as const),
  )
  return Object.fromEntries(texts)
}

const small = { users: 40, days: 20, seed: 3, dirt: 0.2 }

test('the same arguments give the same bytes, another seed others', async () => {
  const first = await textsIn(await generate(small))
  expect(await textsIn(await generate(small))).toEqual(first)
  expect((await textsIn(await generate({ ...small, seed: 4 })))['social/posts.csv']).not.toBe(
    first['social/posts.csv'],
  )
})

test('dirt does not change what lies beneath it', async () => {
  const clean = await textsIn(await generate({ ...small, dirt: 0 }))
  const dirty = await textsIn(await generate(small))
  for (const file of ['social/events.csv', 'social/payments_data.csv', 'social/posts.csv']) {
    const lines = new Set(dirty[file]?.split('\n'))
    const cleanLines = clean[file]?.trimEnd().split('\n') ?? []
    const untouched = cleanLines.filter((line) => lines.has(line)).length
    expect(untouched / cleanLines.length, file).toBeGreaterThan(0.7)
    expect(untouched, file).toBeLessThan(cleanLines.length)
  }
})

test('without dirt every row is staged', async () => {
  const { 'manifest-social.json': text = '{}' } = await textsIn(
    await generate({ ...small, dirt: 0 }),
  )
  const { expected, dirt } = JSON.parse(text) as {
    readonly expected: Readonly<Record<string, unknown>>
    readonly dirt: { readonly pieces: number }
  }
  expect(dirt.pieces).toBe(0)
  expect(expected.staged_rows).toEqual(expected.raw_rows)
  expect(Object.keys(expected.revenue ?? {})).toEqual(['usd'])
})

test('wrong flags are refused', () => {
  expect(() => findGenerator('social')?.prepare({ out: 'x', users: 0, dirt: 2 })).toThrow(
    /--users must be .*\n--dirt must be /,
  )
})

describe('the bundled sample', () => {
  test('is what the documented command makes, byte by byte', async () => {
    const text = await readFile(join(project, 'docs/generator.md'), 'utf8')
    const command = text.split('\n').find((line) => /generate social .*--out seeds$/.test(line))
    const flags = await yargsParser(command?.trim().split(/\s+/) ?? [])
      .help(false)
      .parseAsync()
    expect(await textsIn(seeds)).toEqual(await textsIn(await generate(flags)))
  })

  test('is small, and has every kind of dirt', async () => {
    const { 'manifest-social.json': manifest = '{}', ...files } = await textsIn(seeds)
    expect(Object.values(files).join('').length).toBeLessThan(500_000)
    const { dirt } = JSON.parse(manifest) as {
      readonly dirt: {
        readonly kinds: Readonly<Record<string, Readonly<Record<string, { pieces: number }>>>>
      }
    }
    const missing = Object.values(dirt.kinds)
      .flatMap((kinds) => Object.entries(kinds))
      .filter(([, { pieces }]) => pieces === 0)
    expect(missing).toEqual([])
  })
})
