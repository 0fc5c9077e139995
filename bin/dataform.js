#!/usr/bin/env node
// The command itself is built by `npm ci` (or `npm run build`) into dist/. This file is in the repository so that
// npx finds the command of a checkout that is not built yet, and says what is missing.
import { existsSync } from 'node:fs'

const main = new URL('../dist/cli/main.js', import.meta.url)
if (existsSync(main)) {
  await import(main.href)
} else {
  process.stderr.write(
    'dataform is not built yet: run `npm ci` (or `npm run build`) in its folder\n',
  )
  process.exitCode = 2
}
