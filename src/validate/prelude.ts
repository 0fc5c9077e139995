/**
 * `pre_operations`, `post_operations` and the statements of operations: what of them can be checked, and what can't.
 */
import type { QualifiedName } from '../sql/rename-relations.js'
import { splitStatements } from '../sql/split-statements.js'
import { analysis, rename, tableFromDefinitions, tableFromQuery } from './checked-statement.js'
import type { CheckedStatement, UserText } from './checked-statement.js'
import type { Doubt, Unexecuted } from './judge.js'
import { SCRATCH_SCHEMA, scratchOf } from './scratch.js'
import { isUnsound } from './unsound.js'
import { changedWithoutSchema } from './changed-relations.js'
import { readStatement } from './user-statement.js'
import type { CreateStatement } from './user-statement.js'
import type { Desk } from './world.js'

/** Statements before or after a query, ready to be sent. */
export interface Prelude {
  /** In order: temporary tables, made empty, and what can be analysed. */
  readonly statements: readonly CheckedStatement[]
  /** Of these the ones that make temporary tables. */
  readonly creates: readonly CheckedStatement[]
  /** To be sent after what reads the temporary tables, if the unit is kept. */
  readonly renames: readonly CheckedStatement[]
  /** The names of the temporary tables. */
  readonly temporary: ReadonlySet<string>
  readonly unexecuted: readonly Unexecuted[]
  /** Doubts about what its temporary tables are made of. */
  readonly doubts: readonly Doubt[]
}

/** No statement at all. */
export const NO_PRELUDE: Prelude = {
  statements: [],
  creates: [],
  renames: [],
  temporary: new Set(),
  unexecuted: [],
  doubts: [],
}

/**
 * Takes blocks of statements apart. What can't be checked is noted.
 * @param label what people call the block: `pre_operations`
 * @param instead other stand-ins, see `redirect`
 * @param earlier temporary tables that are there already
 */
export async function preludeOf(
  desk: Desk,
  texts: readonly string[],
  label: string,
  instead?: ReadonlyMap<string, QualifiedName>,
  earlier: Prelude = NO_PRELUDE,
): Promise<Prelude> {
  const statements: CheckedStatement[] = []
  const creates: CheckedStatement[] = []
  const renames: CheckedStatement[] = []
  const unexecuted: Unexecuted[] = []
  const doubts: Doubt[] = [...earlier.doubts]
  const temporary = new Set(earlier.temporary)
  const block = label.slice(label.lastIndexOf(' ') + 1)
  const skip = (text: string, what: string): void => {
    desk.notChecked.push({
      about: desk.key,
      what: 'statement',
      reason: `${what} in ${label}`,
      because: null,
    })
    unexecuted.push({ text, reason: `its ${label} are not executed`, because: null })
  }
  for (const whole of texts) {
    if (isUnsound(desk, whole)) {
      unexecuted.push({ text: whole, ...desk.ownCause })
      continue
    }
    for (const { text, start } of splitStatements(whole)) {
      const statement = readStatement(text)
      if (statement.kind === 'other') {
        skip(text, statement.what)
        continue
      }
      if (statement.kind === 'create' && statement.name.schema !== null) {
        skip(text, 'a create of what is not temporary')
        continue
      }
      const redirected = desk.redirect(text, instead)
      const { missing, doubts: own } = await desk.reads([redirected])
      if (missing !== null) {
        desk.cannotCheck(missing)
        unexecuted.push({ text, ...missing })
        continue
      }
      if (statement.kind === 'create') {
        const name = { schema: SCRATCH_SCHEMA, name: statement.name.name }
        const empty = createEmpty(desk, statement, name, { whole, start, text }, instead)
        // Whoever reads the table reads what it was made of.
        doubts.push(...own)
        const made = { ...empty, doubts: [...doubts], block }
        statements.push(made)
        creates.push(made)
        temporary.add(name.name)
        renames.push(rename(name.name, scratchOf(desk.key, `${label} ${name.name}`), made))
      } else if (changedWithoutSchema(text).some((name) => !temporary.has(name))) {
        // To analyse it would lock the relation against others, if there is one.
        skip(text, 'a change of a table without its schema')
      } else {
        const known = { doubts: [...doubts, ...own], block }
        statements.push({ ...analysis({ whole, start, redirected }), ...known })
      }
    }
  }
  return { statements, creates, renames, temporary, unexecuted, doubts }
}

/** The empty table of a `create`, whatever kind of relation it makes. */
export function createEmpty(
  desk: Desk,
  statement: CreateStatement,
  name: QualifiedName,
  { whole, start, text }: { readonly whole: string; readonly start: number; readonly text: string },
  instead?: ReadonlyMap<string, QualifiedName>,
): CheckedStatement {
  const { body, columnNames } = statement
  const piece: UserText = {
    whole,
    start: start + body.start,
    redirected: desk.redirect(text.slice(body.start, body.end), instead),
  }
  if (body.kind === 'columns') return tableFromDefinitions(name, piece)
  const names = columnNames === null ? '' : text.slice(columnNames.start, columnNames.end)
  return tableFromQuery(name, piece, names)
}
