/**
 * What only PostgreSQL has, from `metadata.extraProperties.postgres` (see `includes/options.js`),
 * and an assertion's severity from `metadata.extraProperties.quality`.
 */
import type { ActionBase, Json, JsonObject, Target } from '../graph/types.js'
import { parseForeignKey } from './option-foreign-key.js'
import type { ForeignKeyOption } from './option-foreign-key.js'
import { parseIndex } from './option-index.js'
import type { IndexOption } from './option-index.js'
import { isObject, rejectUnknown } from './option-reading.js'
import type { Severity } from './types.js'

export type { ForeignKeyOption } from './option-foreign-key.js'
export type { IndexColumn, IndexOption } from './option-index.js'

/** `options.postgres({...})`, read and checked. */
export interface PostgresOptions {
  readonly indexes: readonly IndexOption[]
  readonly foreignKeys: readonly ForeignKeyOption[]
  readonly unlogged: boolean
  readonly fillfactor: number | null
}

/** The options and what is wrong with them, all at once. */
export interface ParsedOptions {
  readonly options: PostgresOptions
  readonly problems: readonly string[]
}

/** Reads `extraProperties.postgres`; unknown keys are problems, never ignored. */
export function parsePostgresOptions(extraProperties: JsonObject): ParsedOptions {
  const problems: string[] = []
  const raw = extraProperties.postgres
  if (raw !== undefined && !isObject(raw)) problems.push('postgres options must be an object')
  const {
    indexes = [],
    foreignKeys = [],
    unlogged = false,
    fillfactor = null,
    ...rest
  } = isObject(raw) ? raw : {}
  rejectUnknown(rest, 'unknown postgres options', problems)
  if (typeof unlogged !== 'boolean') problems.push('postgres.unlogged must be true or false')
  if (
    fillfactor !== null &&
    !(typeof fillfactor === 'number' && fillfactor >= 10 && fillfactor <= 100)
  )
    problems.push('postgres.fillfactor must be a number from 10 to 100')
  return {
    options: {
      indexes: each(indexes, 'postgres.indexes', problems, parseIndex),
      foreignKeys: each(foreignKeys, 'postgres.foreignKeys', problems, parseForeignKey),
      unlogged: unlogged === true,
      fillfactor: typeof fillfactor === 'number' ? fillfactor : null,
    },
    problems,
  }
}

/** The names that configs give to indexes; those that are made from a table's name are its own. */
export function namedIndexes(
  actions: readonly Pick<ActionBase, 'target' | 'extraProperties'>[],
): readonly Target[] {
  return actions.flatMap(({ target: { schema }, extraProperties }) =>
    parsePostgresOptions(extraProperties).options.indexes.flatMap(({ name }) =>
      name === null ? [] : [{ schema, name }],
    ),
  )
}

function each<T>(
  list: Json,
  at: string,
  problems: string[],
  parse: (value: Json, at: string, problems: string[]) => T | null,
): readonly T[] {
  if (!Array.isArray(list)) {
    problems.push(`${at} must be a list`)
    return []
  }
  return (list as readonly Json[])
    .map((value, i) => parse(value, `${at}[${i}]`, problems))
    .filter((item) => item !== null)
}

/**
 * `extraProperties.quality.severity`: `error` if it is not given.
 * @returns null if it is given and neither `error` nor `warn`
 */
export function parseSeverity(extraProperties: JsonObject): Severity | null {
  const quality = extraProperties.quality
  if (!isObject(quality) || quality.severity === undefined) return 'error'
  return quality.severity === 'error' || quality.severity === 'warn' ? quality.severity : null
}

/** True for an assertion whose failing rows hold back what it is about. */
export function holdsBack({ extraProperties }: Pick<ActionBase, 'extraProperties'>): boolean {
  return parseSeverity(extraProperties) !== 'warn'
}
