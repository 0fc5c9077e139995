/** The generator of the social domain: the same bytes for the same arguments, and dirt that stays on top. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findGenerator } from '../../src/generate/registry.js'
import { documentedFlags, generate, pathsOf, project } from './generate-files.js'

const seeds = join(project, 'seeds')

/** The texts of the domain's files and of its manifest, by path. */
async function textsIn(root: string): Promise<Readonly<Record<string, string>>> {
  const texts = (await pathsOf(root, 'social')).map(
    async (file) => [file, await readFile(join(root, file), 'utf8')] as const,
  )
  return Object.fromEntries(await Promise.all(texts))
}

const small = { users: 40, days: 20, seed: 3, dirt: 0.2 }

test('the same arguments give the same bytes, another seed others', async () => {
  const first = await textsIn(await generate('social', small))
  expect(await textsIn(await generate('social', small))).toEqual(first)
  expect(
    (await textsIn(await generate('social', { ...small, seed: 4 })))['social/posts.csv'],
  ).not.toBe(first['social/posts.csv'])
})

test('dirt does not change what lies beneath it', async () => {
  const clean = await textsIn(await generate('social', { ...small, dirt: 0 }))
  const dirty = await textsIn(await generate('social', small))
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
    await generate('social', { ...small, dirt: 0 }),
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
    const made = await generate('social', await documentedFlags('social'))
    expect(await textsIn(seeds)).toEqual(await textsIn(made))
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
