/**
 * `dataform test`: the project's unit tests (`type: "test"`), on the database.
 */
import type { Ansis } from 'ansis'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import type { Argv, CommandModule } from 'yargs'
import { outColor } from '../color.js'
import { compileProject } from '../../compile/compile-project.js'
import type { ProjectOverrides } from '../../compile/compile-project.js'
import { CommandError } from '../../failure/types.js'
import type { UnitTest } from '../../graph/types.js'
import { nearestNames } from '../../graph/nearest.js'
import { acquireDatabase } from '../../postgres/acquire.js'
import { renderTestResult } from '../../report/test-result.js'
import { runUnitTests } from '../../test/run-tests.js'
import type { TestResult } from '../../test/run-tests.js'
import { durationMs, projectOverrides, splitCommas, withProjectFlags } from '../flags.js'
import type { ProjectFlags } from '../flags.js'

interface TestFlags extends ProjectFlags {
  readonly tests: readonly string[] | undefined
  readonly tags: readonly string[] | undefined
  readonly json: boolean
  readonly credentials: string | undefined
}

/** What running a project's unit tests needs. */
export interface TestOptions {
  readonly projectDir: string
  readonly overrides: ProjectOverrides
  readonly compileTimeoutMs: number | null
  readonly credentialsFile: string | null
}

async function collectResults(
  options: TestOptions,
  choose: (tests: readonly UnitTest[]) => readonly UnitTest[],
  onResult: (result: TestResult) => void,
): Promise<readonly TestResult[]> {
  const compiled = await compileProject({
    projectDir: options.projectDir,
    overrides: options.overrides,
    ...(options.compileTimeoutMs === null ? {} : { timeoutMs: options.compileTimeoutMs }),
  })
  if (!compiled.ok)
    throw new CommandError('the project does not compile', {
      exitCode: 2,
      problems: compiled.problems,
    })
  const tests = choose(compiled.graph.tests)
  if (tests.length === 0) return []
  const jobs = availableParallelism()
  const { database, release } = await acquireDatabase({
    projectDir: options.projectDir,
    ...(options.credentialsFile === null ? {} : { credentialsFile: options.credentialsFile }),
    env: process.env,
    maxConnections: jobs,
  })
  try {
    return await runUnitTests(tests, database, jobs, onResult)
  } finally {
    await release()
  }
}

const isGood = (result: TestResult): boolean =>
  result.status === 'passed' || result.status === 'disabled'

/** Runs all unit tests, prints those that fail to standard error, and says whether all are good. */
export async function runProjectTests(options: TestOptions, color: Ansis): Promise<boolean> {
  const results = await collectResults(
    options,
    (tests) => tests,
    (result) => {
      if (!isGood(result)) process.stderr.write(`${renderTestResult(result, color)}\n`)
    },
  )
  return results.every(isGood)
}

function chooser(flags: TestFlags): (tests: readonly UnitTest[]) => readonly UnitTest[] {
  const names = splitCommas(flags.tests) ?? []
  const tags = splitCommas(flags.tags) ?? []
  return (tests) => {
    if (names.length === 0 && tags.length === 0) return tests
    for (const name of names) {
      if (tests.some((test) => test.name === name)) continue
      const near = nearestNames(
        name,
        tests.map((test) => test.name),
      )
      throw new CommandError(`no unit test is named "${name}"`, {
        exitCode: 2,
        ...(near.length === 0 ? {} : { hint: `The nearest are ${near.join(', ')}.` }),
      })
    }
    return tests.filter(
      (test) => names.includes(test.name) || test.tags.some((tag) => tags.includes(tag)),
    )
  }
}

async function test(flags: TestFlags): Promise<void> {
  const results = await collectResults(
    {
      projectDir: resolve(flags.projectDir),
      overrides: projectOverrides(flags),
      compileTimeoutMs: durationMs('timeout', flags.timeout) ?? null,
      credentialsFile: flags.credentials ?? null,
    },
    chooser(flags),
    (result) => {
      if (!flags.json) process.stdout.write(`${renderTestResult(result, outColor)}\n`)
    },
  )
  const failed = results.filter((result) => !isGood(result)).length
  if (flags.json) process.stdout.write(`${JSON.stringify(results.map(resultJson), null, 2)}\n`)
  else process.stdout.write(`${results.length - failed} passed, ${failed} failed\n`)
  process.exitCode = failed === 0 ? 0 : 1
}

function resultJson(result: TestResult): object {
  const { test, durationMs, ...rest } = result
  return { name: test.name, file: test.fileName, durationMs: Math.round(durationMs), ...rest }
}

/** `dataform test [project-dir]`. */
export const testCommand: CommandModule<object, TestFlags> = {
  command: 'test [project-dir]',
  describe: "Run the project's unit tests.",
  builder: (yargs) =>
    withProjectFlags(yargs as Argv)
      .option('tests', { type: 'array', describe: 'Names of the unit tests to run.' })
      .option('tags', { type: 'array', describe: 'Tags of the unit tests to run.' })
      .option('json', { type: 'boolean', default: false, describe: 'Results as JSON.' })
      .option('credentials', {
        type: 'string',
        describe: 'File with the connection, instead of .df-credentials.json.',
      }) as unknown as Argv<TestFlags>,
  handler: test,
}
