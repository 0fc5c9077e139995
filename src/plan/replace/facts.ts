/**
 * What is known of a relation and of everything that hangs off it, as `facts-sql.ts` reads it: enough to make it anew
 * under the same name with nothing lost.
 */

/** A right that somebody has. */
export interface Grant {
  /** A role's name; null for PUBLIC. */
  readonly grantee: string | null
  /** The role that gave it with its grant option; null for the owner. */
  readonly grantor: string | null
  /** `SELECT`, `INSERT`, ... */
  readonly privilege: string
  readonly isGrantable: boolean
}

/** A column, with what can be set on it. */
export interface ColumnFacts {
  readonly name: string
  /** As `format_type` writes it, qualified. */
  readonly type: string
  /** Qualified name of its collation if that is not the type's own. */
  readonly collation: string | null
  readonly comment: string | null
  readonly default: string | null
  readonly isNotNull: boolean
  readonly isGenerated: boolean
  readonly isIdentity: boolean
  readonly statisticsTarget: number | null
  /** `n_distinct=100` and the like. */
  readonly options: readonly string[]
  /** `EXTERNAL`, ... if it is not that of the type. */
  readonly storage: string | null
  readonly compression: string | null
  readonly grants: readonly Grant[]
}

/** An index. */
export interface IndexFacts {
  readonly name: string
  /** As `pg_get_indexdef` writes it. */
  readonly definition: string
  readonly comment: string | null
  readonly isValid: boolean
  readonly isClustered: boolean
  readonly isReplicaIdentity: boolean
  /** The name of the constraint that it serves. */
  readonly constraint: string | null
}

/** A constraint of the table itself: check, foreign key, NOT NULL (from PostgreSQL 18 on), primary key, unique, exclusion. */
export interface ConstraintFacts {
  readonly name: string
  readonly type: 'c' | 'f' | 'n' | 'p' | 'u' | 'x'
  /** As `pg_get_constraintdef` writes it. */
  readonly definition: string
  /** Of a foreign key: the table that it refers to, and whether the current user may refer to it. */
  readonly reference: {
    readonly schema: string
    readonly name: string
    readonly isAllowed: boolean
  } | null
  readonly comment: string | null
}

/** A foreign key of another table that refers to this one. */
export interface IncomingKeyFacts {
  readonly name: string
  readonly table: { readonly schema: string; readonly name: string }
  /** Of that table. */
  readonly owner: string
  readonly isMine: boolean
  readonly definition: string
  readonly comment: string | null
}

/** A row-level security policy. */
export interface PolicyFacts {
  readonly name: string
  readonly isPermissive: boolean
  /** `ALL`, `SELECT`, ... */
  readonly command: string
  /** Names of roles; null for PUBLIC. */
  readonly roles: readonly (string | null)[]
  readonly using: string | null
  readonly check: string | null
  readonly comment: string | null
}

/** A trigger or a rule. `enabled` is `O` (as usual), `D` (disabled), `R` (replica) or `A` (always). */
export interface TriggerFacts {
  readonly name: string
  readonly definition: string
  readonly enabled: 'O' | 'D' | 'R' | 'A'
  readonly comment: string | null
}

/** Extended statistics. */
export interface StatisticsFacts {
  readonly schema: string
  readonly name: string
  readonly definition: string
  readonly target: number | null
  readonly comment: string | null
}

/** Membership in a publication. */
export interface PublicationFacts {
  readonly name: string
  readonly owner: string
  readonly isMine: boolean
  readonly columns: readonly string[]
  readonly where: string | null
}

/** A function, a rule or a policy elsewhere that reads the relation; `statement` binds it to what has the name then. */
export interface BoundFacts {
  readonly what: string
  /** Of the function, or of the table that the rule or the policy is on. */
  readonly owner: string
  readonly isMine: boolean
  readonly statement: string
}

/** A part of a relation that is about certain columns, in words: `index s.by_name`. */
export interface NeedFacts {
  readonly what: string
  readonly columns: readonly string[]
}

/** A relation that a view reads, and which of its columns (none: the whole row, or no column at all). */
export interface ReadFacts {
  readonly schema: string
  readonly name: string
  readonly columns: readonly string[]
}

/** One relation. */
export interface RelationFacts {
  readonly oid: number
  readonly schema: string
  readonly name: string
  readonly kind: 'table' | 'partitioned table' | 'view' | 'materialized view'
  readonly owner: string
  /** Of a temporary view of another session: the number of its process; else null. */
  readonly session: number | null
  readonly isUnlogged: boolean
  /** True if the current user may act as the owner. */
  readonly isMine: boolean
  /** Of views and materialized views: the query. */
  readonly definition: string | null
  readonly isPopulated: boolean
  /** `reloptions`, those of the TOAST table as `toast.name=value`. */
  readonly options: readonly string[]
  readonly tablespace: string | null
  readonly replicaIdentity: 'd' | 'n' | 'f' | 'i'
  readonly hasRowSecurity: boolean
  readonly forcesRowSecurity: boolean
  readonly comment: string | null
  readonly typeComment: string | null
  readonly grants: readonly Grant[]
  /** Rights that an owner has by himself, and that this one has given up. */
  readonly withheld: readonly string[]
  readonly columns: readonly ColumnFacts[]
  readonly indexes: readonly IndexFacts[]
  readonly constraints: readonly ConstraintFacts[]
  readonly incoming: readonly IncomingKeyFacts[]
  readonly policies: readonly PolicyFacts[]
  readonly triggers: readonly TriggerFacts[]
  readonly rules: readonly TriggerFacts[]
  readonly statistics: readonly StatisticsFacts[]
  readonly publications: readonly PublicationFacts[]
  readonly needs: readonly NeedFacts[]
  readonly reads: readonly ReadFacts[]
  readonly bound: readonly BoundFacts[]
  /** What can't be put on another relation, in words. */
  readonly unkeepable: readonly string[]
}

/** What tells one view from another. */
export type ViewShape = Pick<
  RelationFacts,
  'kind' | 'owner' | 'isMine' | 'definition' | 'isPopulated' | 'options' | 'columns' | 'indexes'
>

/** A view as it is, and as its query is now. */
export interface ViewShapes {
  readonly old: ViewShape
  readonly next: ViewShape
}

/** What was read at one moment. */
export interface Facts {
  readonly currentUser: string
  /** True if default privileges give rights to what is made anew. */
  readonly hasDefaultPrivileges: boolean
  /** The relation, the relation that is to take its place (if it is there), and all views on the first, to any depth. */
  readonly relations: readonly RelationFacts[]
  /** A hash of `relations` without the one that is to take the place. */
  readonly fingerprint: string
}

/** The facts of a relation, by its name. */
export function factsOf(
  facts: Facts,
  target: { readonly schema: string; readonly name: string },
): RelationFacts | undefined {
  return facts.relations.find(
    (relation) => relation.schema === target.schema && relation.name === target.name,
  )
}

/**
 * True if something was dropped while the facts were read: PostgreSQL finds objects as of the beginning of the statement,
 * and gives NULL for the definition of one that is gone by now.
 */
export function areTorn(facts: Facts): boolean {
  return facts.relations.some(
    (relation) =>
      (relation.definition === null && relation.kind.endsWith('view')) ||
      [
        ...relation.constraints,
        ...relation.incoming,
        ...relation.indexes,
        ...relation.triggers,
        ...relation.rules,
        ...relation.statistics,
      ].some(({ definition }) => (definition as string | null) === null) ||
      relation.bound.some(({ statement }) => (statement as string | null) === null),
  )
}

/** The value of the column `facts` that `readFacts` gives. */
export function asFacts(value: unknown): Facts {
  const { others, ...facts } = value as Facts & { readonly others: readonly RelationFacts[] }
  return { ...facts, relations: [...facts.relations, ...others] }
}
