/**
 * Operations: never executed. What can be analysed is; what makes a relation makes an empty one.
 */
import type { OperationAction } from '../graph/types.js'
import { copyOf, causeOf, standIn } from './stand-in.js'
import { analysis, rename } from './checked-statement.js'
import type { CheckedStatement } from './checked-statement.js'
import type { Cause, Doubt, Unexecuted } from './judge.js'
import { keyMade, operationStatements, relationsMadeBy } from './operation-statements.js'
import type { OperationStatement } from './operation-statements.js'
import { createEmpty } from './prelude.js'
import { SCRATCH_SCHEMA, scratchOf } from './scratch.js'
import { isUnsound } from './unsound.js'
import { changedWithoutSchema } from './changed-relations.js'
import type { CreateStatement } from './user-statement.js'
import type { Desk, Made } from './world.js'

/** Checks an operation. Gives the relations that there are after it, by key. */
export async function checkOperations(
  desk: Desk,
  action: OperationAction,
): Promise<ReadonlyMap<string, Made>> {
  const work = await collect(desk, action)
  const made = new Map<string, Made>()
  // What is there already, and stays as it is.
  for (const [key, doubt] of work.copied) {
    const existing = desk.world.existing.get(key)
    const copy = existing === undefined ? null : await copyOf(desk, existing, key)
    if (copy !== null) made.set(key, copy.isThere ? { ...copy, doubt } : copy)
  }
  const failed = new Set<CheckedStatement>()
  const shapes = await desk.attempt(
    {
      statements: [...work.statements, ...work.renames],
      shapesOf: [...work.created.keys()].map((key) => scratchOf(key).name),
    },
    (failure) => {
      failed.add(failure.statement)
      desk.judge(failure, { doubts: work.doubts, unexecuted: work.unexecuted })
      return 'go on'
    },
  )
  for (const [key, { statement, doubt }] of work.created) {
    const shape = failed.has(statement) ? undefined : shapes?.get(scratchOf(key).name)
    if (shape === undefined) made.set(key, await standIn(desk, causeOf(desk), null, key))
    else {
      const copy = await copyOf(desk, shape, key)
      made.set(key, copy.isThere ? { ...copy, doubt } : copy)
    }
  }
  if (action.hasOutput && !made.has(desk.key)) {
    const cause: Cause = work.missing ?? {
      reason: `the columns of ${desk.key} are not known before it has run`,
      because: null,
    }
    made.set(desk.key, { isThere: false, cause })
  }
  return made
}

interface Work {
  readonly statements: CheckedStatement[]
  readonly renames: CheckedStatement[]
  /** Relations that statements make, by key. */
  readonly created: Map<string, { statement: CheckedStatement; doubt: Doubt | null }>
  /** Relations that stay as they are in the database, with why that may not be so. */
  readonly copied: Map<string, Doubt | null>
  /** Doubts about what its relations are made of. */
  readonly doubts: Doubt[]
  readonly unexecuted: Unexecuted[]
  /** What a statement reads and is not there. */
  missing: Cause | null
}

async function collect(desk: Desk, action: OperationAction): Promise<Work> {
  const sound = action.statements.filter((text) => !isUnsound(desk, text))
  const all = operationStatements({ ...action, statements: sound })
  const work: Work = {
    statements: [],
    renames: [],
    created: new Map(),
    copied: new Map(),
    doubts: [],
    unexecuted: [...desk.world.unexecutedBefore(action)],
    missing: sound.length < action.statements.length ? desk.ownCause : null,
  }
  const keys = new Set(
    relationsMadeBy(action).filter((key) => desk.world.producer(key) === desk.key),
  )
  if (action.hasOutput && !keys.has(desk.key) && desk.existing !== undefined) {
    const text = all.map((each) => each.text).join('\n')
    const reason = `the statements of ${desk.key} are not executed`
    work.copied.set(desk.key, { reason, because: null, text })
  }
  const temporary = new Set<string>()
  for (const each of all) {
    const { statement, text, start, whole } = each
    if (statement.kind === 'other') {
      skip(desk, work, text, statement.what)
      continue
    }
    const redirected = desk.redirect(text)
    const own = new Set([...redirected.mentions].filter((key) => !keys.has(key)))
    const { missing, doubts } = await desk.reads([{ ...redirected, mentions: own }])
    if (missing !== null) {
      desk.cannotCheck(missing)
      work.missing = missing
      work.unexecuted.push({ text, ...missing })
    } else if (statement.kind === 'create') {
      // Whoever reads the relation reads what it was made of.
      work.doubts.push(...doubts)
      create(desk, work, each, statement, all.slice(all.indexOf(each) + 1), temporary)
    } else if (changedWithoutSchema(text).some((name) => !temporary.has(name)))
      // To analyse it would lock the relation against others, if there is one.
      skip(desk, work, text, 'a change of a table without its schema')
    else {
      const analysed = analysis({ whole, start, redirected })
      work.statements.push({ ...analysed, doubts: [...work.doubts, ...doubts] })
    }
  }
  return work
}

function skip(desk: Desk, work: Work, text: string, what: string): void {
  desk.notChecked.push({ about: desk.key, what: 'statement', reason: what, because: null })
  const reason = 'statements before it are not executed'
  work.unexecuted.push({ text, reason, because: null })
}

function create(
  desk: Desk,
  work: Work,
  { text, start, whole }: OperationStatement,
  statement: CreateStatement,
  later: readonly OperationStatement[],
  temporary: Set<string>,
): void {
  const place = { whole, start, text }
  const key = keyMade(statement)
  if (key === undefined) {
    const { name } = statement.name
    const made = createEmpty(desk, statement, { schema: SCRATCH_SCHEMA, name }, place)
    temporary.add(name)
    work.statements.push(made)
    work.renames.push(rename(name, scratchOf(desk.key, name), made))
  } else if (desk.world.producer(key) !== desk.key)
    // Somebody else makes it for those who read it.
    work.statements.push(createEmpty(desk, statement, scratchOf(key, `of ${desk.key}`), place))
  else if (work.created.has(key)) skip(desk, work, text, 'a second create of one relation')
  else if (statement.ifNotExists && desk.world.existing.has(key)) {
    work.copied.set(key, changeOf(desk, key, later))
    work.statements.push(createEmpty(desk, statement, scratchOf(key, 'anew'), place))
  } else {
    const made = createEmpty(desk, statement, scratchOf(key), place)
    work.statements.push(made)
    const doubt = changeOf(desk, key, later) ?? work.doubts[0] ?? null
    work.created.set(key, { statement: made, doubt })
  }
}

// A statement that is not executed and speaks of the relation may change its columns.
function changeOf(desk: Desk, key: string, later: readonly OperationStatement[]): Doubt | null {
  const name = key.slice(key.lastIndexOf('.') + 1)
  const found = later.find(
    ({ statement, text }) =>
      statement.kind === 'other' &&
      /^(alter|do|call|drop|select)\b/.test(statement.what) &&
      text.includes(name),
  )
  return found === undefined
    ? null
    : { reason: `the statements of ${desk.key} are not executed`, because: null, text: found.text }
}
