/**
 * Flags that several commands share: the project's folder and the replacements for its settings. Names and
 * meanings are those of the stock command.
 */
import parseDuration from 'parse-duration'
import type { Argv } from 'yargs'
import type { ProjectOverrides } from '../compile/protocol.js'
import { CommandError } from '../failure/types.js'

/** What `withProjectFlags` adds to a command's arguments. Read it with the functions below. */
export interface ProjectFlags {
  readonly projectDir: string
  readonly vars: string | undefined
  readonly schemaSuffix: string | undefined
  readonly tablePrefix: string | undefined
  readonly defaultSchema: string | undefined
  readonly defaultDatabase: string | undefined
  readonly defaultLocation: string | undefined
  readonly assertionSchema: string | undefined
  readonly databaseSuffix: string | undefined
  readonly disableAssertions: boolean
  readonly defaultReservation: string | undefined
  readonly timeout: string | undefined
}

const UNSET = 'If unset, the value of the project file is used.'

/** A flag with a text as its value that was given twice comes as a list; the last one counts. */
function last(value: unknown): string | undefined {
  const single: unknown = Array.isArray(value) ? value.at(-1) : value
  return typeof single === 'string' && single !== '' ? single : undefined
}

/**
 * Adds the positional `project-dir` and the flags that replace settings of the project.
 * The command must have `[project-dir]` in its `command`.
 */
export function withProjectFlags<T>(yargs: Argv<T>): Argv<T & ProjectFlags> {
  const text = (describe: string) => ({ type: 'string' as const, describe, coerce: last })
  return yargs
    .positional('project-dir', {
      type: 'string',
      default: '.',
      describe: "The project's folder.",
    })
    .option('vars', {
      type: 'string',
      describe: `Variables for dataform.projectConfig.vars: --vars=key=value,other=value. A value may be a list: hosts=a,b. ${UNSET}`,
      coerce: (value: unknown) => (Array.isArray(value) ? value.join(',') : last(value)),
    })
    .option('schema-suffix', text(`Appended to the names of schemas, after "_". ${UNSET}`))
    .option('table-prefix', text(`Put in front of the names of tables, before "_". ${UNSET}`))
    .option('default-schema', text(`The schema of actions that name none. ${UNSET}`))
    .option('default-database', text(`The default database (BigQuery: the project). ${UNSET}`))
    .option('default-location', text(`The default location (BigQuery). ${UNSET}`))
    .option('assertion-schema', text(`The schema of assertions. ${UNSET}`))
    .option('database-suffix', text(`Appended to the names of databases, after "_". ${UNSET}`))
    .option('disable-assertions', {
      type: 'boolean',
      default: false,
      describe: 'Disables all assertions, inline ones too.',
    })
    .option('default-reservation', text(`The default reservation (BigQuery). ${UNSET}`))
    .option('timeout', text('How long the command may take: 30s, 10m.')) as unknown as Argv<
    T & ProjectFlags
  >
}

/**
 * Takes `key=value,other=value` apart. A part without `=` continues the value before it, so that a value can be
 * a list: `own_hosts=a.com,b.com,as_of=2025-01-01`.
 * @throws CommandError (exit code 2) if the first part has no key or no `=`
 */
export function parseVars(text: string | undefined): Readonly<Record<string, string>> {
  const vars: Record<string, string> = {}
  let key: string | undefined
  for (const part of (text ?? '').split(',')) {
    const equals = part.indexOf('=')
    if (equals >= 1) {
      key = part.slice(0, equals)
      vars[key] = part.slice(equals + 1)
    } else if (part !== '' && (key === undefined || equals === 0)) {
      throw new CommandError(`--vars: "${part}" is not key=value`, {
        exitCode: 2,
        hint: 'write --vars=key=value,other=value',
      })
    } else if (part !== '' && key !== undefined) {
      vars[key] = `${vars[key] ?? ''},${part}`
    }
  }
  return vars
}

/**
 * The replacements for the project's settings, for `compileProject`.
 * @throws CommandError (exit code 2) for a malformed `--vars` or `--schema-suffix`
 */
export function projectOverrides(flags: ProjectFlags): ProjectOverrides {
  if (flags.schemaSuffix !== undefined && !/^\w+$/.test(flags.schemaSuffix)) {
    throw new CommandError('--schema-suffix takes letters, digits and underscores only', {
      exitCode: 2,
    })
  }
  const vars = parseVars(flags.vars)
  const texts = {
    defaultDatabase: flags.defaultDatabase,
    defaultSchema: flags.defaultSchema,
    defaultLocation: flags.defaultLocation,
    assertionSchema: flags.assertionSchema,
    databaseSuffix: flags.databaseSuffix,
    schemaSuffix: flags.schemaSuffix,
    tablePrefix: flags.tablePrefix,
    defaultReservation: flags.defaultReservation,
  }
  return {
    ...Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== undefined)),
    ...(Object.keys(vars).length === 0 ? {} : { vars }),
    ...(flags.disableAssertions ? { disableAssertions: true } : {}),
  }
}

/** Timers can't be set for longer: 2^31 - 1 milliseconds, some 24 days. */
const LONGEST_MS = 2_147_483_647

/**
 * A duration such as `30s` or `10m`, in milliseconds; a bare number is milliseconds, as in the stock command.
 * @param flag the flag's name, for the message
 * @throws CommandError (exit code 2) if it is no duration, or not above zero
 */
export function durationMs(flag: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  const milliseconds = parseDuration(value)
  if (milliseconds === null || !(milliseconds > 0) || milliseconds > LONGEST_MS) {
    throw new CommandError(`--${flag}: "${value}" is not a duration of at most 24 days`, {
      exitCode: 2,
      hint: `write --${flag} 30s, or 10m`,
    })
  }
  return milliseconds
}

/**
 * A flag that takes several values: given repeatedly, or separated by commas.
 * @returns undefined if the flag was not given
 */
export function splitCommas(values: readonly unknown[] | undefined): readonly string[] | undefined {
  return values?.flatMap((value) => String(value).split(',')).filter((value) => value !== '')
}
