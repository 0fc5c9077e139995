/**
 * What an error of the server means: a problem of the project, or only that something can't be checked without
 * executing what a dry run does not execute.
 */
import type { SourceSpot } from '../failure/types.js'
import { sqlstate } from '../postgres/errors.js'
import { namesAt, placeOf } from './error-place.js'
import type { Failure } from './error-place.js'
import { ROLES, SCRATCH_SCHEMA, scratchOf } from './scratch.js'
import type { Finding, NotChecked } from './types.js'

/** Why something can't be known. */
export interface Cause {
  readonly reason: string
  /** The action that has a problem; null if it is nobody's problem. */
  readonly because: string | null
}

/** Why a stand-in may differ from what the run would make of the relation. */
export interface Doubt extends Cause {
  /** The text that makes it; null if there is none that can be read. */
  readonly text: string | null
}

/** A statement that a run executes before the one in question, and the dry run does not. */
export interface Unexecuted extends Cause {
  readonly text: string
}

/** What has to be known to judge an error. */
export interface Circumstances {
  readonly projectDir: string
  readonly about: string
  readonly fileName: string
  /** Why stand-ins that it reads may differ from what the run would make. */
  readonly doubts: readonly Doubt[]
  readonly unexecuted: readonly Unexecuted[]
  /** Where to point without a place in a text. */
  readonly otherwise?: SourceSpot
  /** True for a text of which only pieces come from the file: the config and its blocks have nothing to do with it. */
  readonly isPieced?: boolean
}

const SYNTAX_ERROR = '42601'
const UNDEFINED_FUNCTION = '42883'
const UNDEFINED_OBJECT = '42704'
const UNDEFINED: ReadonlySet<string> = new Set([
  sqlstate.undefinedTable,
  sqlstate.undefinedColumn,
  UNDEFINED_FUNCTION,
  UNDEFINED_OBJECT,
  sqlstate.invalidSchemaName,
])

// invalid_foreign_key, invalid_table_definition: the second is what a temporary table says of others' tables.
const CONSTRAINTS: ReadonlySet<string> = new Set(['42830', '42P16'])
const UNKNOWN_CONSTRAINT: Cause = {
  reason: 'it is about constraints, and a dry run knows primary keys only',
  because: null,
}

/** Judges one error. */
export function judge(failure: Failure, given: Circumstances): Finding | NotChecked {
  const cause = excuse(failure, given)
  if (cause !== undefined)
    return {
      about: given.about,
      what: 'action',
      reason: cause.reason,
      because: cause.because,
    }
  const { error } = failure
  const { at, detail = error.detail } = placeOf(failure, given)
  return {
    kind: 'sql',
    about: given.about,
    message: plainMessage(error.message, given.about),
    at,
    ...(error.sqlstate === undefined ? {} : { sqlstate: error.sqlstate }),
    ...(detail === undefined ? {} : { detail }),
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  }
}

// People know the relation, and not that it has a stand-in for what it is at that moment.
function plainMessage(message: string, key: string): string {
  return ROLES.reduce(
    (text, role) => text.replaceAll(`"${scratchOf(key, role).name}"`, `"${key}"`),
    message.replaceAll(`${SCRATCH_SCHEMA}.`, ''),
  )
}

/** True for what `judge` gives of a problem. */
export function isFinding(judged: Finding | NotChecked): judged is Finding {
  return 'kind' in judged
}

// What else than a mistake of the statement itself the error may come from.
function excuse(failure: Failure, given: Circumstances): Cause | undefined {
  const { error, statement } = failure
  const state = error.sqlstate ?? ''
  if (state === SYNTAX_ERROR) return undefined
  if (state === sqlstate.lockNotAvailable)
    return { reason: 'somebody else has locked a relation that it reads', because: null }
  if (CONSTRAINTS.has(state)) return UNKNOWN_CONSTRAINT
  const names = namesAt(failure)
  const doubt = (statement.doubts ?? given.doubts).find(
    ({ text }) => text === null || !UNDEFINED.has(state) || mayGive(text, names),
  )
  if (doubt !== undefined) return doubt
  if (!UNDEFINED.has(state)) return undefined
  const mentions = [...(statement.user?.redirected.mentions ?? [])]
  if (
    state === UNDEFINED_FUNCTION &&
    mentions.some((key) => error.message.includes(scratchOf(key).name))
  )
    return { reason: 'it gives whole rows of a table to a function', because: null }
  if (state === UNDEFINED_OBJECT && error.message.startsWith('constraint '))
    return UNKNOWN_CONSTRAINT
  // `'s.t'::regclass` is looked up while the statement is analysed.
  if (state === sqlstate.undefinedTable && names?.length === 0)
    return { reason: 'it names a relation in a literal', because: null }
  return given.unexecuted.find(({ text }) => mayMake(text, names))
}

// What is missing is there if a text that speaks of it was executed, or a text in which it can't be read. The last
// word of the name decides: the first may be a schema, or a table's alias.
function mayMake(text: string, names: readonly string[] | undefined): boolean {
  if (names === undefined) return true
  const name = names.at(-1)
  if (name === undefined) return false
  const words: readonly string[] = text.toLowerCase().match(/[\w$\u0080-\uffff]+/g) ?? []
  return words.includes(name) || words.includes('execute') || words[0] === 'call'
}

// A query with a star gives whatever there is; types may be others than those of the stand-in.
function mayGive(query: string, names: readonly string[] | undefined): boolean {
  return (
    names?.length === 0 || /(?:select|distinct|all|,|\.)\s*\*/i.test(query) || mayMake(query, names)
  )
}
