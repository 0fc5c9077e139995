import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { documentedFlags, generate, manifestOf, pathsOf, project } from './generate-files.js'
import { recount } from './generate-recount.js'

const seeds = join(project, 'seeds')

test('the bundled sample is what the documented command makes, byte by byte', async () => {
  const out = await generate('media', await documentedFlags('media'))
  const files = await pathsOf(seeds, 'media')
  expect(files).toEqual(await pathsOf(out, 'media'))
  for (const file of files) {
    const [bundled, made] = await Promise.all([
      readFile(join(seeds, file)),
      readFile(join(out, file)),
    ])
    expect(bundled.equals(made), file).toBe(true)
  }
})

test('the bundled sample is small, has every shape of file, and every kind of dirt', async () => {
  const files = (await pathsOf(seeds, 'media')).filter((file) => file.startsWith('media/'))
  expect(files.length).toBeLessThanOrEqual(20)
  for (const ending of ['.json', '.ndjson', '.gz']) {
    expect(
      files.some((file) => file.endsWith(ending)),
      ending,
    ).toBe(true)
  }
  const sizes = await Promise.all(
    files.map(async (file) => (await readFile(join(seeds, file))).length),
  )
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(1_500_000)
  const manifest = await manifestOf<{
    readonly dirt: { readonly kinds: Readonly<Record<string, { readonly pieces: number }>> }
  }>(seeds, 'media')
  const { kinds, byDate } = await recount(seeds)
  expect(Object.keys(kinds).sort()).toEqual(Object.keys(manifest.dirt.kinds).sort())
  expect(Object.keys(byDate)).toHaveLength(60)
})
