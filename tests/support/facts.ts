/** Small facts for tests of pure planning; everything that a test does not name is as plain as can be. */
import type { ColumnFacts, Facts, IndexFacts, RelationFacts } from '../../src/plan/replace/facts.js'
import { target } from './actions.js'

export function column(name: string, rest: Partial<ColumnFacts> = {}): ColumnFacts {
  return {
    name,
    type: 'integer',
    collation: null,
    comment: null,
    default: null,
    isNotNull: false,
    isGenerated: false,
    isIdentity: false,
    statisticsTarget: null,
    options: [],
    storage: null,
    compression: null,
    grants: [],
    ...rest,
  }
}

export function index(
  name: string,
  definition: string,
  rest: Partial<IndexFacts> = {},
): IndexFacts {
  return {
    name,
    definition,
    comment: null,
    isValid: true,
    isClustered: false,
    isReplicaIdentity: false,
    constraint: null,
    ...rest,
  }
}

export function relationFacts(
  key: string,
  kind: RelationFacts['kind'],
  rest: Partial<RelationFacts> = {},
): RelationFacts {
  const { schema, name } = target(key)
  return {
    oid: Buffer.from(key).reduce((sum, byte) => sum + byte, 1000),
    schema,
    name,
    kind,
    owner: 'me',
    session: null,
    isUnlogged: false,
    isMine: true,
    definition: null,
    isPopulated: true,
    options: [],
    tablespace: null,
    replicaIdentity: 'd',
    hasRowSecurity: false,
    forcesRowSecurity: false,
    comment: null,
    typeComment: null,
    grants: [],
    withheld: [],
    columns: [column('id'), column('name', { type: 'text' })],
    indexes: [],
    constraints: [],
    incoming: [],
    policies: [],
    triggers: [],
    rules: [],
    statistics: [],
    publications: [],
    needs: [],
    reads: [],
    bound: [],
    unkeepable: [],
    ...rest,
  }
}

/** A view that reads columns of a relation. */
export function viewFacts(
  key: string,
  of: string,
  columns: readonly string[],
  rest: Partial<RelationFacts> = {},
): RelationFacts {
  const alias = target(of).name
  return relationFacts(key, 'view', {
    definition: ` SELECT ${columns.map((name) => `${alias}.${name}`).join(', ')}\n   FROM ${of};`,
    columns: columns.map((name) => column(name)),
    reads: [{ ...target(of), columns }],
    ...rest,
  })
}

export function facts(...relations: readonly RelationFacts[]): Facts {
  return {
    currentUser: 'me',
    hasDefaultPrivileges: false,
    relations,
    fingerprint: 'the fingerprint',
  }
}
