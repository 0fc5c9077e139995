/** Files of an export get their names together, or none does. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { StagedFiles } from '../../src/export/staged-files.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dataform-staged-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

/** Writes these files under hidden names. */
async function staged(names: readonly string[]): Promise<StagedFiles> {
  const files = new StagedFiles()
  for (const name of names) {
    const file = await files.open(join(folder, name))
    await file.write(Buffer.from('new'))
    await file.finish()
  }
  return files
}

const contents = async (): Promise<Readonly<Record<string, string>>> => {
  const found: Record<string, string> = {}
  for (const name of (await readdir(folder)).sort())
    found[name] = await readFile(join(folder, name), 'utf8')
  return found
}

test('they take the places of those that are there, and leave nothing else', async () => {
  await writeFile(join(folder, 'a.csv'), 'old')
  const files = await staged(['a.csv', 'b.csv'])
  await files.commit()
  await files.discard()
  expect(await contents()).toEqual({ 'a.csv': 'new', 'b.csv': 'new' })
})

test('if one of them fails, all is as it was', async () => {
  for (const name of ['a.csv', 'c.csv']) await writeFile(join(folder, name), 'old')
  const files = await staged(['a.csv', 'b.csv', 'c.csv', 'd.csv'])
  const hidden = (await readdir(folder)).filter((name) => name.startsWith('.c.csv.'))
  await rm(join(folder, hidden[0] ?? ''))
  await expect(files.commit()).rejects.toThrow('ENOENT')
  await files.discard()
  expect(await contents()).toEqual({ 'a.csv': 'old', 'c.csv': 'old' })
})
