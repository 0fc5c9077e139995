/**
 * Where this package is: the same from its source, from its built modules and from the bundle.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

function find(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder)
  return folder
}

/** The folder of this package's `package.json`. */
export const PACKAGE_ROOT = find()

/** A program of the build that is started as a process of its own, such as `compile/host.js`. */
export function builtProgram(path: string): string {
  return join(PACKAGE_ROOT, 'dist', path)
}

/** This package's version. */
export function packageVersion(): string {
  const text = readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')
  return String((JSON.parse(text) as { readonly version?: unknown }).version)
}
