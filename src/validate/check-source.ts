/**
 * What comes from outside: declarations, and the tables that the loader fills.
 */
import { findInSource, quotedName } from '../compile/find-in-source.js'
import { targetKey } from '../graph/target.js'
import type { DeclarationAction, LoadAction } from '../graph/types.js'
import type { SeedSource } from '../seed/declaration.js'
import { changesFor, CREATE_REJECTS, rawColumns } from '../seed/raw-table.js'
import { splitStatements } from '../sql/split-statements.js'
import { copyOf, standIn } from './stand-in.js'
import { tableFromDefinitions } from './checked-statement.js'
import type { CheckedStatement } from './checked-statement.js'
import type { Column, ExistingRelation } from './existing.js'
import { scratchOf } from './scratch.js'
import { readStatement } from './user-statement.js'
import type { Desk, Made } from './world.js'

/** Checks a declaration: the relation is there, or it is one that the loader makes. */
export async function checkDeclaration(desk: Desk, action: DeclarationAction): Promise<Made> {
  const { existing, key, world } = desk
  if (existing !== undefined) return copyOf(desk, existing)
  // The system's own, or an operation makes it: readers do not ask here.
  if (world.producer(key) !== key) return { isThere: false, cause: desk.ownCause }
  const own = world.sources.size === 0 ? undefined : loaderTable(key)
  if (own !== undefined) return makeTable(desk, own)
  const { schema, name } = action.target
  const near = world.nearest(key)
  const finding = {
    kind: 'missing-source',
    about: key,
    message: `the source ${key} does not exist`,
    at: findInSource(world.projectDir, action.fileName, [quotedName(name), quotedName(schema)]),
    ...(near.length === 0 ? {} : { hint: `there is ${near.join(', ')}` }),
  } as const
  if (world.isRead(key)) desk.problems.push(finding)
  else desk.remarks.push(finding)
  return { isThere: false, cause: desk.ownCause }
}

/** Checks a load: its table is, or will be, as the source is declared. */
export async function checkLoad(desk: Desk, action: LoadAction): Promise<Made> {
  const { existing, key, world } = desk
  const source = world.sources.get(key)
  if (source === undefined) throw new Error(`no source ${action.source}`)
  const declared = rawColumns(source).map(({ name, type }) => plainColumn(name, type))
  if (existing === undefined) return copyOf(desk, { columns: declared, primaryKey: [] })
  const failure = loadFailure(source, existing)
  if (failure !== null) {
    desk.problems.push({ kind: 'config', about: key, ...failure })
    return standIn(desk, desk.ownCause, null)
  }
  const has = new Set(existing.columns.map(({ name }) => name))
  const columns = [...existing.columns, ...declared.filter(({ name }) => !has.has(name))]
  return copyOf(desk, { ...existing, columns })
}

function plainColumn(name: string, type: string): Column {
  return { name, type, baseType: type, typeId: '', collation: null, isGenerated: false }
}

// What the loader itself would say.
function loadFailure(source: SeedSource, existing: ExistingRelation) {
  const columns = new Map(
    existing.columns.map(({ name, type }) => [name, { name, type, comment: '' }]),
  )
  const kind = existing.kind === 'table' ? 'r' : 'v'
  const changes = changesFor(source, { isInstalled: true, kind, comment: '', columns })
  if (!('kind' in changes) || changes.kind !== 'load') return null
  const { message, at, hint } = changes
  return { message, at: at ?? { file: '' }, ...(hint === undefined ? {} : { hint }) }
}

/** The table that the loader keeps for itself, and that a project may declare and read. */
function loaderTable(key: string): CheckedStatement | undefined {
  for (const { text } of splitStatements(CREATE_REJECTS)) {
    const statement = readStatement(text)
    if (statement.kind !== 'create') continue
    const { schema, name } = statement.name
    if (targetKey({ schema: schema ?? '', name }) !== key) continue
    const definitions = text.slice(statement.body.start, statement.body.end)
    const redirected = { sql: definitions, exchanges: [], mentions: new Set<string>() }
    return tableFromDefinitions(scratchOf(key), { whole: text, start: 0, redirected })
  }
  return undefined
}

async function makeTable(desk: Desk, statement: CheckedStatement): Promise<Made> {
  const { name } = scratchOf(desk.key)
  const result = await desk.world.batch.run({ statements: [statement], shapesOf: [name] })
  const shape = result.ok ? result.shapes.get(name) : undefined
  if (shape === undefined) throw new Error(`the loader's own table ${desk.key} can't be made`)
  return copyOf(desk, shape)
}
