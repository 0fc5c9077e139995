/**
 * Gives a relation what hangs off another one: rights, comments, policies, triggers, indexes, constraints, statistics.
 */
import type { Target } from '../../graph/types.js'
import { quoteIdent, quoteLiteral, quoteQualified } from '../../sql/identifiers.js'
import { renameRelations } from '../../sql/rename-relations.js'
import { indexOnto } from '../sql/index-onto.js'
import { isManaged } from '../sql/managed.js'
import { columnSettings } from './attach-columns.js'
import type { AttachOptions } from './attach-options.js'
import { rights, withheld } from './attach-rights.js'
import type { IndexFacts, RelationFacts, TriggerFacts } from './facts.js'

/** The statements, by when they can be carried out. */
export interface Attachment {
  /** At once, also while it has another name. */
  readonly statements: readonly string[]
  /** Checks that rows are held against, with the search path of the session: what they call may need it. */
  readonly checks: readonly string[]
  /** Foreign keys: they keep writers off the tables that they refer to. */
  readonly keys: readonly string[]
  /** When it has its name: PostgreSQL writes `t.column` in these, which means nothing on a table of another name. */
  readonly named: readonly string[]
  /** Once the old relation is gone: they give what belongs to it its final names. */
  readonly renames: readonly string[]
  /** Indexes that no config declares and that are kept. */
  readonly strayIndexes: readonly string[]
}

/** Everything but the query and the incoming foreign keys. */
export function attach(old: RelationFacts, options: AttachOptions): Attachment {
  const { onto, ontoKind, declared } = options
  const name = quoteQualified(onto)
  const named = quoteQualified(old)
  const toOnto = (text: string): string =>
    renameRelations(text, (other) =>
      other.schema === old.schema && other.name === old.name ? onto : undefined,
    )
  // The options of a table mean nothing to a view, and the other way round.
  const kept = old.options.filter(
    (option) =>
      (old.kind === 'view') === (ontoKind === 'view') &&
      declared?.options.has(option.split('=')[0] ?? '') !== true,
  )
  const indexes = keptIndexes(old, options)
  const statistics = old.statistics.map((item, i) => keptStatistics(old, item, i, onto))
  return {
    statements: [
      ...(kept.length > 0 ? [`alter ${ontoKind} ${name} set (${kept.join(', ')});`] : []),
      ...columnSettings(old, options),
      // A primary key would make NOT NULL constraints under names of its own.
      ...constraints(old, ['n'], onto, toOnto),
      ...indexes.statements,
      ...constraints(old, ['c'], onto, toOnto),
      ...statistics.flatMap((item) => item.statements),
      ...(statistics.length > 0 ? [`analyze ${name};`] : []),
      ...(ontoKind === 'table' ? replication(old, onto) : []),
      ...(declared?.comment === true ? [] : commentOn(`${ontoKind} ${name}`, old.comment)),
      ...(ontoKind === 'table' ? commentOn(`type ${name}`, old.typeComment) : []),
      ...rights(old, options),
    ],
    checks: old.constraints
      .filter((constraint) => constraint.type === 'c' && isChecked(constraint.definition))
      .map(
        (constraint) => `alter table ${name} validate constraint ${quoteIdent(constraint.name)};`,
      ),
    keys: constraints(old, ['f'], onto, toOnto),
    named: [
      ...triggers('trigger', old.triggers, named),
      ...triggers('rule', old.rules, named),
      ...policies(old, named),
      ...withheld(old, named),
    ],
    renames: [...indexes.renames, ...statistics.map((item) => item.rename)],
    strayIndexes: indexes.stray,
  }
}

const commentOn = (what: string, comment: string | null): readonly string[] =>
  comment === null ? [] : [`comment on ${what} is ${quoteLiteral(comment)};`]

/** Whether rows that are there already are held against a constraint. */
const isChecked = (definition: string): boolean => !/ NOT (VALID|ENFORCED)$/.test(definition)

function constraints(
  old: RelationFacts,
  types: readonly RelationFacts['constraints'][number]['type'][],
  onto: Target,
  toOnto: (text: string) => string,
): readonly string[] {
  const table = quoteQualified(onto)
  return old.constraints
    .filter(({ type, comment }) => types.includes(type) && !isManaged(comment))
    .flatMap(({ name, type, definition, comment }) => [
      `alter table ${table} add constraint ${quoteIdent(name)} ${toOnto(definition)}${type === 'c' && isChecked(definition) ? ' not valid' : ''};`,
      ...commentOn(`constraint ${quoteIdent(name)} on ${table}`, comment),
    ])
}

/** The name that a kept index has until the old one is gone. */
const temporaryName = (onto: Target, kind: string, position: number): string =>
  `${onto.name.slice(0, 40)}_${kind}${position}`

function keptIndexes(
  old: RelationFacts,
  { onto, declared }: AttachOptions,
): {
  statements: readonly string[]
  renames: readonly string[]
  stray: readonly string[]
} {
  const name = quoteQualified(onto)
  const schema = quoteIdent(onto.schema)
  const isElsewhere = onto.name !== old.name
  const isDeclared = (index: IndexFacts): boolean => declared?.indexes.has(index.name) === true
  const isOfDeclared = (index: IndexFacts): boolean =>
    index.constraint === index.name && isDeclared(index) && isManaged(index.comment)
  // Of the engine's own indexes a config may no longer want, those stay that somebody has put to another use.
  const isUsed = (index: IndexFacts): boolean =>
    index.constraint !== null || index.isReplicaIdentity || index.isClustered
  const kept = old.indexes.filter(
    (index) =>
      index.isValid &&
      (declared === null ||
        (index.constraint !== null && !isOfDeclared(index)) ||
        (!isDeclared(index) && (!isManaged(index.comment) || isUsed(index)))),
  )
  const isKept = new Set(kept)
  const parts = kept.map((index, i) => {
    const temporary = isElsewhere ? temporaryName(onto, 'kept', i) : index.name
    const constraint = old.constraints.find((item) => item.name === index.constraint)
    const create =
      constraint === undefined
        ? indexOnto(index.definition, temporary, onto)
        : `alter table ${name} add constraint ${quoteIdent(temporary)} ${constraint.definition};`
    return {
      statements: [
        create,
        // An index of a constraint is not the one that the config asks for, even if it was made as that.
        ...(constraint !== undefined && isManaged(index.comment)
          ? []
          : commentOn(`index ${schema}.${quoteIdent(temporary)}`, index.comment)),
        ...(constraint === undefined
          ? []
          : commentOn(`constraint ${quoteIdent(temporary)} on ${name}`, constraint.comment)),
        ...indexUses(index, temporary, name),
      ],
      renames: isElsewhere
        ? [`alter index ${schema}.${quoteIdent(temporary)} rename to ${quoteIdent(index.name)};`]
        : [],
    }
  })
  return {
    statements: parts.flatMap((part) => part.statements),
    renames: [
      ...parts.flatMap((part) => part.renames),
      // Declared indexes have their names by then.
      ...old.indexes
        .filter((index) => isDeclared(index) && !isKept.has(index))
        .flatMap((index) => [
          ...(isOfDeclared(index) ? constraintUsing(old, index) : []),
          ...indexUses(index, index.name, quoteQualified(old)),
        ]),
    ],
    stray: kept
      .filter((index) => index.constraint === null && !isManaged(index.comment))
      .map((index) => index.name),
  }
}

/** Makes a declared index that of a constraint again, as it was. */
function constraintUsing(old: RelationFacts, { name, constraint }: IndexFacts): readonly string[] {
  const found = old.constraints.find((item) => item.name === constraint)
  if (found === undefined) return []
  const kind = found.type === 'p' ? 'primary key' : 'unique'
  const deferrable = / DEFERRABLE.*$/.exec(found.definition)?.[0] ?? ''
  const table = quoteQualified(old)
  return [
    `alter table ${table} add constraint ${quoteIdent(name)} ${kind} using index ${quoteIdent(name)}${deferrable};`,
    ...commentOn(`constraint ${quoteIdent(name)} on ${table}`, found.comment),
  ]
}

/** What a table uses an index for. */
const indexUses = (index: IndexFacts, name: string, table: string): readonly string[] => [
  ...(index.isClustered ? [`alter table ${table} cluster on ${quoteIdent(name)};`] : []),
  ...(index.isReplicaIdentity
    ? [`alter table ${table} replica identity using index ${quoteIdent(name)};`]
    : []),
]

function keptStatistics(
  old: RelationFacts,
  item: RelationFacts['statistics'][number],
  position: number,
  onto: Target,
): { statements: readonly string[]; rename: string } {
  const temporary = { schema: item.schema, name: temporaryName(onto, 'stat', position) }
  const create = renameRelations(item.definition, (other) => {
    if (other.schema === item.schema && other.name === item.name) return temporary
    return other.schema === old.schema && other.name === old.name ? onto : undefined
  })
  const name = quoteQualified(temporary)
  return {
    statements: [
      `${create};`,
      ...(item.target === null ? [] : [`alter statistics ${name} set statistics ${item.target};`]),
      ...commentOn(`statistics ${name}`, item.comment),
    ],
    rename: `alter statistics ${name} rename to ${quoteIdent(item.name)};`,
  }
}

const ENABLED = { O: null, D: 'disable', R: 'enable replica', A: 'enable always' } as const

function triggers(
  kind: 'trigger' | 'rule',
  items: readonly TriggerFacts[],
  name: string,
): readonly string[] {
  return items.flatMap((item) => {
    const enabled = ENABLED[item.enabled]
    return [
      `${item.definition.replace(/;?\s*$/, '')};`,
      ...(enabled === null
        ? []
        : [`alter table ${name} ${enabled} ${kind} ${quoteIdent(item.name)};`]),
      ...commentOn(`${kind} ${quoteIdent(item.name)} on ${name}`, item.comment),
    ]
  })
}

function policies(old: RelationFacts, name: string): readonly string[] {
  return [
    ...old.policies.flatMap((policy) => [
      [
        `create policy ${quoteIdent(policy.name)} on ${name}`,
        `as ${policy.isPermissive ? 'permissive' : 'restrictive'} for ${policy.command.toLowerCase()}`,
        `to ${policy.roles.map((role) => (role === null ? 'public' : quoteIdent(role))).join(', ')}`,
        ...(policy.using === null ? [] : [`using (${policy.using})`]),
        ...(policy.check === null ? [] : [`with check (${policy.check})`]),
      ].join(' ') + ';',
      ...commentOn(`policy ${quoteIdent(policy.name)} on ${name}`, policy.comment),
    ]),
    ...(old.hasRowSecurity ? [`alter table ${name} enable row level security;`] : []),
    ...(old.forcesRowSecurity ? [`alter table ${name} force row level security;`] : []),
  ]
}

function replication(old: RelationFacts, onto: Target): readonly string[] {
  const name = quoteQualified(onto)
  const identity = { d: null, i: null, n: 'nothing', f: 'full' }[old.replicaIdentity]
  return [
    ...(identity === null ? [] : [`alter table ${name} replica identity ${identity};`]),
    ...old.publications.map(
      ({ name: publication, columns, where }) =>
        [
          `alter publication ${quoteIdent(publication)} add table ${name}`,
          ...(columns.length === 0 ? [] : [`(${columns.map(quoteIdent).join(', ')})`]),
          ...(where === null ? [] : [`where (${where})`]),
        ].join(' ') + ';',
    ),
  ]
}
