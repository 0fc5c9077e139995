/** A pattern takes the same files in a bucket as in a folder. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { literalPrefix, matcherOf } from '../../src/seed/storage/glob.js'
import { LocalFolder } from '../../src/seed/storage/local.js'

const PATHS = [
  ...['a.json', 'b.json', 'a.ndjson', '.hidden.json', 'A.json', 'a b.json', 'ä.json'],
  ...['x/a.json', 'x/b.json.gz', 'x/.h/a.json', 'x/y/a.json', 'x/y/z/ab.json', 'x1/a.json'],
  ...[
    '2025-01/a.json',
    '2025-02/a.json',
    '2024-12/b.json',
    '[x]/a.json',
    '(x)/a.json',
    '+a/b.json',
  ],
]

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dataform-glob-'))
  for (const path of PATHS) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), '')
  }
})
afterAll(async () => {
  await rm(root, { recursive: true, force: true })
})

async function expectSame(patterns: readonly string[]): Promise<void> {
  const inFolder = (await new LocalFolder(root).find(patterns)).map(({ path }) => path).sort()
  const { matches, prefixes } = matcherOf(patterns)
  const matching = PATHS.filter(matches).sort()
  expect(matching).toEqual(inFolder)
  expect(matching.filter((path) => !prefixes.some((prefix) => path.startsWith(prefix)))).toEqual([])
}

test.each([
  ['**/*.json', '**/*.json.gz'],
  ['*.{json,ndjson}', 'x/**'],
  ['2025-*/a.json', './a.json', 'x//a.json'],
  ['x/**/a?.json', '@(a|b).json', '!(a).json'],
  ['**/*.json', '!x/**'],
  ['[ab].json', 'x/y/*', 'nothing/*'],
  ['x', 'x/', '.hidden.json', '**/.h/*'],
])('%s, %s', async (...patterns) => {
  await expectSame(patterns)
})

test('patterns of any parts', async () => {
  const part = fc.constantFrom('**', '*', '*.json', 'x', 'x?', 'y', '{x,y}', 'a*', '20*', '[ab]*')
  const pattern = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'))
  await fc.assert(fc.asyncProperty(fc.array(pattern, { minLength: 1, maxLength: 3 }), expectSame), {
    numRuns: 200,
  })
})

test('the prefixes are as long as can be, and none is listed twice', () => {
  expect(literalPrefix('logs/2025-*/x.json')).toBe('logs/2025-')
  expect(literalPrefix('logs/{a,b}.json')).toBe('logs/')
  expect(matcherOf(['a/b*', 'a/b-c/*', 'a/c*', 'a/b.json']).prefixes).toEqual(['a/b', 'a/c'])
  expect(matcherOf(['a/x.json', 'a/x.json.gz', '!b/*']).prefixes).toEqual(['a/x.json'])
})
