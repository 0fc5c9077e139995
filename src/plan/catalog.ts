/**
 * What exists in the warehouse, as planning needs it. Read by `postgres/catalog.ts` in one query.
 */
import { targetKey } from '../graph/target.js'
import type { Target } from '../graph/types.js'

/** `pg_class.relkind` in words; `other` is something that a model can't replace (a sequence, an index). */
export type RelationKind =
  'table' | 'partitioned table' | 'view' | 'materialized view' | 'foreign table' | 'other'

/** A column of an existing relation. */
export interface RelationColumn {
  readonly name: string
  /** As `format_type` writes it, usable in a cast. */
  readonly type: string
  readonly comment: string | null
  /** True for `GENERATED ALWAYS` columns, which can't be written to. */
  readonly isGenerated: boolean
}

/** An index or a foreign key of an existing relation. */
export interface NamedPart {
  readonly name: string
  /** The engine's own parts carry a comment that says so; see `sql/managed.ts`. */
  readonly comment: string | null
  /** False for an index whose concurrent build failed. */
  readonly isValid: boolean
}

/** A foreign key of an existing relation. */
export interface ForeignKeyPart extends NamedPart {
  /** What it refers to. */
  readonly table: Target
}

/** A relation that exists now. */
export interface Relation {
  readonly target: Target
  readonly kind: RelationKind
  /** In the order of the table. */
  readonly columns: readonly RelationColumn[]
  readonly comment: string | null
  /** Without those that serve a constraint. */
  readonly indexes: readonly NamedPart[]
  readonly foreignKeys: readonly ForeignKeyPart[]
  /** `reloptions`, such as `security_invoker=true`. */
  readonly options: readonly string[]
  readonly tablespace: string | null
  readonly isUnlogged: boolean
  /**
   * True if views, grants, policies, triggers, constraints or the like hang off it, or it is somebody else's. If
   * not, a rebuild can simply drop it.
   */
  readonly hasAttachments: boolean
  /** Another text when something has been put on the relation, or taken off it, since; see `replace/attached.ts`. */
  readonly stamp: string
  /** As `pg_get_partkeydef` writes it, such as `RANGE (event_date)`; null if it is not partitioned. */
  readonly partitionKey: string | null
}

/** The relations that the graph's targets name, and the schemas that are there. */
export interface Catalog {
  readonly relations: ReadonlyMap<string, Relation>
  readonly schemas: ReadonlySet<string>
  /** What has the name of an index that the graph declares: for `schema.name` the table of the index, else the name itself. */
  readonly indexNames: ReadonlyMap<string, string>
}

/** The existing relation of a target, if there is one. */
export function findRelation(catalog: Catalog, target: Target): Relation | undefined {
  return catalog.relations.get(targetKey(target))
}
