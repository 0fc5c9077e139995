/** What tests of generators need: generating into a folder of its own, and the bytes of what is there. */
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import yargsParser from 'yargs/yargs'
import { findGenerator } from '../../src/generate/registry.js'
import type { FlagValues, GenerateProgress } from '../../src/generate/types.js'

export const project = join(import.meta.dirname, '../..')

const folders: string[] = []
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true })
})

/** Generates a domain. @returns the folder, which is removed after the test */
export async function generate(
  domain: string,
  flags: FlagValues,
  onProgress: (progress: GenerateProgress) => void = () => undefined,
): Promise<string> {
  const out = await mkdtemp(join(tmpdir(), `generate-${domain}-`))
  folders.push(out)
  const generator = findGenerator(domain)
  if (generator === undefined) throw new Error(`no generator ${domain}`)
  await generator.prepare({ ...flags, out })(onProgress)
  return out
}

/** Paths of the files of a domain, and of its manifest, below a data root. */
export async function pathsOf(root: string, domain: string): Promise<readonly string[]> {
  const entries = await readdir(join(root, domain), { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
  return [`manifest-${domain}.json`, ...paths].sort()
}

/** The bytes of these files as texts, by path. */
export async function bytesOf(
  root: string,
  domain: string,
): Promise<Readonly<Record<string, string>>> {
  const pairs = (await pathsOf(root, domain)).map(
    async (path) => [path, (await readFile(join(root, path))).toString('base64')] as const,
  )
  return Object.fromEntries(await Promise.all(pairs))
}

/** A domain's manifest. */
export async function manifestOf<Manifest>(root: string, domain: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(root, `manifest-${domain}.json`), 'utf8')) as Manifest
}

/** The flags of the command that docs/generator.md gives for a domain's sample. */
export async function documentedFlags(domain: string): Promise<FlagValues> {
  const text = await readFile(join(project, 'docs/generator.md'), 'utf8')
  const command = text
    .split('\n')
    .find((line) => line.includes(`generate ${domain} `) && line.endsWith('--out seeds'))
  if (command === undefined) throw new Error(`docs/generator.md has no sample of ${domain}`)
  return yargsParser(command.trim().split(/\s+/)).help(false).parseAsync()
}
