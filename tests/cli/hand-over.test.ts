/** Projects on BigQuery are handed to the stock command: same arguments, same output, same exit code. */
import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createProject } from '../support/project.js'
import type { TestProject } from '../support/project.js'

const STOCK = join(import.meta.dirname, '../../node_modules/@dataform/cli/bundle.js')

let project: TestProject
beforeEach(async () => {
  project = await createProject({
    'dataform.json': JSON.stringify({
      warehouse: 'bigquery',
      defaultDatabase: 'd',
      defaultSchema: 's',
    }),
    'package.json': '{}',
    'definitions/a.sqlx': 'config { type: "table" }\nselect 1   as id\n',
  })
})
afterEach(async () => {
  await project.remove()
})

const stock = (
  args: readonly string[],
): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [STOCK, ...args],
      { cwd: project.dir },
      (_error, stdout, stderr) => {
        resolve({ code: child.exitCode ?? 0, stdout, stderr })
      },
    )
  })

describe('a project whose warehouse is bigquery', () => {
  test.each([
    [['run']],
    [['test']],
    [['run', '--nonsense']],
    [['format', '--check']],
    [['help', 'run']],
  ])('dataform %j is the stock command', async (args) => {
    const ours = await project.run(args)
    const { code, stdout, stderr } = await stock(args)
    expect({ code: ours.code, stdout: ours.stdout, stderr: ours.stderr }).toEqual({
      code,
      stdout,
      stderr,
    })
    expect(stdout + stderr).not.toBe('')
  })

  test('commands that only exist here stay here', async () => {
    expect((await project.run(['query', 'select 1 as one', '--format', 'csv'])).stdout).toBe(
      'one\n1\n',
    )
  })
})

describe('a project on PostgreSQL', () => {
  test('is told what to write where if it has workflow_settings.yaml', async () => {
    await rm(join(project.dir, 'dataform.json'), { force: true })
    await project.write({
      'workflow_settings.yaml':
        'defaultDataset: analytics\nwarehouse: postgres\ndataformCoreVersion: 3.0.62\nvars:\n  as_of: "2025-01-01"\n',
    })
    const { code, stderr } = await project.run(['run'])
    expect(code).toBe(2)
    expect(stderr).toContain(
      'workflow_settings.yaml:2:1  workflow_settings.yaml is for BigQuery alone, and has no "warehouse"',
    )
    expect(stderr.replace(/\s+/g, ' ')).toContain(
      'write {"warehouse":"postgres","defaultSchema":"analytics","vars":{"as_of":"2025-01-01"}} into dataform.json',
    )
    await rm(join(project.dir, 'workflow_settings.yaml'))
  })

  test('is told that format and init are not there', async () => {
    await project.write({
      'dataform.json': JSON.stringify({ warehouse: 'postgres', defaultSchema: 's' }),
    })
    const { code, stderr } = await project.run(['format'])
    expect(code).toBe(2)
    expect(stderr).toMatch(/`dataform format` does not exist for PostgreSQL projects/)
  })
})
