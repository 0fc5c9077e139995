/**
 * What only PostgreSQL has, from `metadata.extraProperties.postgres` (see `includes/options.js`),
 * and an assertion's severity from `metadata.extraProperties.quality`.
 */
import type { Json, JsonObject } from '../graph/types.js'
import type { Severity } from './types.js'

/** An index that the config declares. */
export interface IndexOption {
  /** Column names, or expressions in parentheses. */
  readonly columns: readonly string[]
  readonly unique: boolean
  readonly method: string
  readonly where: string | null
  readonly include: readonly string[]
}

/** `options.postgres({...})`, read and checked. */
export interface PostgresOptions {
  readonly indexes: readonly IndexOption[]
  readonly unlogged: boolean
  readonly fillfactor: number | null
}

/** The options and what is wrong with them, all at once. */
export interface ParsedOptions {
  readonly options: PostgresOptions
  readonly problems: readonly string[]
}

const METHODS = ['btree', 'hash', 'gin', 'gist', 'spgist', 'brin']

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isStrings = (value: Json | undefined): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')

function parseIndex(value: Json, at: string, problems: string[]): IndexOption | null {
  if (!isObject(value)) {
    problems.push(`${at} must be an object with \`columns\``)
    return null
  }
  const { columns, unique = false, method = 'btree', where = null, include = [], ...rest } = value
  const unknown = Object.keys(rest)
  if (unknown.length > 0) problems.push(`${at} has unknown keys: ${unknown.join(', ')}`)
  if (!isStrings(columns) || columns.length === 0) {
    problems.push(`${at}.columns must be a list of column names or expressions`)
    return null
  }
  if (typeof unique !== 'boolean') problems.push(`${at}.unique must be true or false`)
  if (typeof method !== 'string' || !METHODS.includes(method))
    problems.push(`${at}.method must be one of ${METHODS.join(', ')}`)
  if (where !== null && typeof where !== 'string') problems.push(`${at}.where must be a condition`)
  if (!isStrings(include)) problems.push(`${at}.include must be a list of column names`)
  return {
    columns,
    unique: unique === true,
    method: typeof method === 'string' ? method : 'btree',
    where: typeof where === 'string' ? where : null,
    include: isStrings(include) ? include : [],
  }
}

/** Reads `extraProperties.postgres`; unknown keys are problems, never ignored. */
export function parsePostgresOptions(extraProperties: JsonObject): ParsedOptions {
  const problems: string[] = []
  const raw = extraProperties.postgres
  if (raw !== undefined && !isObject(raw)) problems.push('postgres options must be an object')
  const { indexes = [], unlogged = false, fillfactor = null, ...rest } = isObject(raw) ? raw : {}
  const unknown = Object.keys(rest)
  if (unknown.length > 0) problems.push(`unknown postgres options: ${unknown.join(', ')}`)
  if (!Array.isArray(indexes)) problems.push('postgres.indexes must be a list')
  if (typeof unlogged !== 'boolean') problems.push('postgres.unlogged must be true or false')
  if (
    fillfactor !== null &&
    !(typeof fillfactor === 'number' && fillfactor >= 10 && fillfactor <= 100)
  )
    problems.push('postgres.fillfactor must be a number from 10 to 100')
  const list: readonly Json[] = Array.isArray(indexes) ? indexes : []
  return {
    options: {
      indexes: list
        .map((index, i) => parseIndex(index, `postgres.indexes[${i}]`, problems))
        .filter((index) => index !== null),
      unlogged: unlogged === true,
      fillfactor: typeof fillfactor === 'number' ? fillfactor : null,
    },
    problems,
  }
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
