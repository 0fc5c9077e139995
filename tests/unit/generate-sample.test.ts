import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import yargsParser from 'yargs/yargs'
import { findGenerator } from '../../src/generate/registry.js'
import type { FlagValues } from '../../src/generate/types.js'
import { recount } from './generate-recount.js'

const project = join(import.meta.dirname, '../..')
const seeds = join(project, 'seeds')

let out: string
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'generate-sample-'))
  const flags = await documentedFlags()
  await findGenerator('media')?.prepare({ ...flags, out })(() => undefined)
})
afterAll(async () => {
  await rm(out, { recursive: true })
})

/** The flags of the command that docs/generator.md gives for the sample. */
async function documentedFlags(): Promise<FlagValues> {
  const text = await readFile(join(project, 'docs/generator.md'), 'utf8')
  const line = text.split('\n').find((each) => each.endsWith('--out seeds'))
  if (line === undefined) throw new Error('docs/generator.md has no command for the sample')
  return yargsParser(line.trim().split(/\s+/)).help(false).parseAsync()
}

async function sampleFiles(root: string): Promise<readonly string[]> {
  const entries = await readdir(join(root, 'media'), { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
  return ['manifest-media.json', ...paths].sort()
}

test('the bundled sample is what the documented command makes, byte by byte', async () => {
  const files = await sampleFiles(seeds)
  expect(files).toEqual(await sampleFiles(out))
  for (const file of files) {
    const [bundled, made] = await Promise.all([
      readFile(join(seeds, file)),
      readFile(join(out, file)),
    ])
    expect(bundled.equals(made), file).toBe(true)
  }
})

test('the bundled sample is small, has every shape of file, and every kind of dirt', async () => {
  const files = (await sampleFiles(seeds)).filter((file) => file.startsWith('media/'))
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
  const manifest = JSON.parse(await readFile(join(seeds, 'manifest-media.json'), 'utf8')) as {
    readonly dirt: { readonly kinds: Readonly<Record<string, { readonly pieces: number }>> }
  }
  const { kinds, byDate } = await recount(seeds)
  expect(Object.keys(kinds).sort()).toEqual(Object.keys(manifest.dirt.kinds).sort())
  expect(Object.keys(byDate)).toHaveLength(60)
})
