import { execFile } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const main = join(import.meta.dirname, '../../dist/cli/main.js')

interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'generate-cli-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

function dataform(...args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, 'generate', ...args], { cwd: folder }, (error, ...texts) => {
      const [stdout, stderr] = texts
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ code, stdout, stderr })
    })
  })
}

describe('dataform generate', () => {
  test('writes the files, the manifest and one line of result', async () => {
    const { code, stdout, stderr } = await dataform(
      ...'media --users 50 --days 3 --seed 2 --dirt 0.1 --out data --files-per-day 2 --gzip'.split(
        ' ',
      ),
    )
    expect(stderr).toMatch(/generated in \d+\.\d s\n$/)
    const manifest = JSON.parse(
      await readFile(join(folder, 'data/manifest-media.json'), 'utf8'),
    ) as {
      readonly arguments: object
      readonly expected: { readonly raw_rows: number; readonly files: number }
      readonly dirt: { readonly pieces: number }
    }
    const { expected, dirt } = manifest
    expect(stdout).toBe(
      `${expected.raw_rows} rows in ${expected.files} files, ${dirt.pieces} pieces of dirt: see data/manifest-media.json\n`,
    )
    expect(manifest.arguments).toMatchObject({ users: 50, gzip: 'all', 'files-per-period': 2 })
    expect(await readdir(join(folder, 'data/media'))).toEqual([
      '2026-11-18',
      '2026-11-19',
      '2026-11-20',
    ])
    expect(code).toBe(0)
  })

  test('writes every domain into one data root', async () => {
    const { code, stdout } = await dataform(
      ...'all --users 12 --days 3 --jobs 2 --out data'.split(' '),
    )
    const domains = ['media', 'product', 'social', 'streaming', 'tv']
    expect((await readdir(join(folder, 'data'))).sort()).toEqual(
      [...domains, ...domains.map((domain) => `manifest-${domain}.json`)].sort(),
    )
    const manifests = await Promise.all(
      domains.map(async (domain) => {
        const text = await readFile(join(folder, `data/manifest-${domain}.json`), 'utf8')
        return JSON.parse(text) as { readonly arguments: object; readonly files: readonly object[] }
      }),
    )
    for (const { arguments: given } of manifests) expect(given).toMatchObject({ days: 3, seed: 1 })
    const files = manifests.reduce((sum, manifest) => sum + manifest.files.length, 0)
    expect(stdout).toMatch(
      new RegExp(`^\\d+ rows in ${files} files, .*data/manifest-\\*\\.json\n$`),
    )
    expect(code).toBe(0)
  })

  const wrongUses: readonly (readonly [string, string, string])[] = [
    ['no domain', '', 'no domain given; there is: media'],
    ['an unknown domain', 'radio', 'no generator for "radio"; there is: media'],
    ['no folder', 'media', '--out is required'],
    ['a flag without its value', 'media --out data --users', '--users must be a whole number'],
    ['a word for a number', 'media --out data --users many', 'from 1 to 100000000, not "many"'],
    ['a wrong date', 'media --out data --end 2026-02-30', '--end must be a date like 2026-11-20'],
    ['both ends', 'media --out data --start 2026-01-01 --end 2026-01-02', 'exclude each other'],
    ['a proportion over the limit', 'media --out data --dirt 3', '--dirt must be a number from 0'],
    ['an unknown flag', 'media --out data --readers 5', 'readers'],
  ]
  test.each(wrongUses)('refuses %s with exit code 2, and writes nothing', async (_, args, text) => {
    const { code, stdout, stderr } = await dataform(...args.split(' ').filter(Boolean))
    expect(stderr).toContain(text)
    expect(stderr).not.toContain('bug')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(await readdir(folder)).toEqual([])
  })

  test('lists the domains and their flags in its help', async () => {
    expect((await dataform('--help')).stdout).toContain('generate media')
    const { stdout, code } = await dataform('media', '--help')
    expect(stdout).toMatch(/--users .*\[default: 100\]/)
    expect(code).toBe(0)
  })
})
