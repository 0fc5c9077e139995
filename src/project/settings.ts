/**
 * The project file: `dataform.json`, or `workflow_settings.yaml`, which is always BigQuery's. Read here only
 * for what the commands themselves must know; core reads and checks the file when it compiles.
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { spotOfOffset } from '../failure/source-spot.js'
import { CommandError, type SourceSpot } from '../failure/types.js'

/** The name of the project file. */
export type SettingsFile = 'dataform.json' | 'workflow_settings.yaml'

/** What the commands need to know of a project before it is compiled. */
export interface ProjectSettings {
  /** Absolute, symbolic links resolved. */
  readonly projectDir: string
  readonly file: SettingsFile
  /** `bigquery` where the file does not say. */
  readonly warehouse: string
  /** `vars` of the file, without the command line's. */
  readonly vars: Readonly<Record<string, string>>
  /** The version of `@dataform/core` that `workflow_settings.yaml` asks for. */
  readonly coreVersion: string | undefined
}

function fail(message: string, hint: string, at?: SourceSpot): never {
  if (at === undefined) throw new CommandError(message, { exitCode: 2, hint })
  throw new CommandError(`${at.file} can't be read`, {
    exitCode: 2,
    problems: [{ kind: 'config', message, hint, at }],
  })
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const position = /at position (\d+)/.exec(message)?.[1]
    const offset = position === undefined ? text.length : Number(position)
    const reason = message.replace(/ in JSON at position.*$/s, '')
    fail(
      `not valid JSON: ${reason}`,
      'correct the file; JSON has no comments and no comma after the last element',
      spotOfOffset(file, text, offset),
    )
  }
}

async function parseYaml(file: string, text: string): Promise<unknown> {
  // Loaded only where it is needed: most commands of a PostgreSQL project never read YAML.
  const { parse, YAMLParseError } = await import('yaml')
  try {
    return parse(text) as unknown
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error
    fail(
      `not valid YAML: ${error.message.split('\n')[0] ?? ''}`,
      'correct the file',
      spotOfOffset(file, text, error.pos[0]),
    )
  }
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {}
}

function stringValues(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(asRecord(value)).flatMap(([key, each]) =>
      typeof each === 'string' ? [[key, each]] : [],
    ),
  )
}

// Core knows this file as BigQuery's alone, and has no such property.
function failOnWarehouse(text: string, content: Readonly<Record<string, unknown>>): never {
  const file = {
    warehouse: content['warehouse'],
    defaultSchema: content['defaultDataset'] ?? 'dataform',
    assertionSchema: content['defaultAssertionDataset'],
    vars: content['vars'],
  }
  const offset = text.search(/^["']?warehouse\b/m)
  fail(
    'workflow_settings.yaml is for BigQuery alone, and has no "warehouse"',
    `a project for PostgreSQL has dataform.json in its place: delete this file, and write ${JSON.stringify(file)} into dataform.json`,
    spotOfOffset('workflow_settings.yaml', text, Math.max(offset, 0), 'warehouse'.length),
  )
}

/**
 * Reads the project file.
 * @param projectDir the project's root, absolute or from the working directory
 * @throws CommandError (exit code 2) if the folder is no Dataform project or the file can't be parsed
 */
export async function readProjectSettings(projectDir: string): Promise<ProjectSettings> {
  const folder = resolve(projectDir)
  if (!existsSync(folder)) {
    fail(`the folder ${projectDir} does not exist`, 'give the path of a Dataform project')
  }
  const root = realpathSync(folder)
  const json = join(root, 'dataform.json')
  const yaml = join(root, 'workflow_settings.yaml')
  if (existsSync(json) && existsSync(yaml)) {
    fail(
      'a project has either dataform.json or workflow_settings.yaml, not both',
      'keep dataform.json for PostgreSQL, workflow_settings.yaml for BigQuery',
    )
  }
  if (existsSync(yaml)) {
    const text = readFileSync(yaml, 'utf8')
    const content = asRecord(await parseYaml('workflow_settings.yaml', text))
    if (content['warehouse'] !== undefined && content['warehouse'] !== 'bigquery')
      failOnWarehouse(text, content)
    const version = content['dataformCoreVersion']
    return {
      projectDir: root,
      file: 'workflow_settings.yaml',
      warehouse: 'bigquery',
      vars: stringValues(content['vars']),
      coreVersion: typeof version === 'string' ? version : undefined,
    }
  }
  if (!existsSync(json)) {
    fail(
      `${projectDir} is no Dataform project: it has no dataform.json`,
      'start the command in the project, or give its path; ' +
        'a project file for PostgreSQL begins with { "warehouse": "postgres", "defaultSchema": ... }',
    )
  }
  const content = asRecord(parseJson('dataform.json', readFileSync(json, 'utf8')))
  const warehouse = content['warehouse']
  return {
    projectDir: root,
    file: 'dataform.json',
    warehouse: typeof warehouse === 'string' && warehouse !== '' ? warehouse : 'bigquery',
    vars: stringValues(content['vars']),
    coreVersion: undefined,
  }
}
