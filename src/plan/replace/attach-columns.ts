/**
 * What is set on single columns: defaults, NOT NULL, statistics, storage, comments.
 */
import { quoteIdent, quoteLiteral, quoteQualified } from '../../sql/identifiers.js'
import { eachPartition } from '../sql/each-partition.js'
import { ifColumn } from './attach-options.js'
import type { AttachOptions } from './attach-options.js'
import type { ColumnFacts, RelationFacts } from './facts.js'

/** Statements for the columns that the new relation still has. */
export function columnSettings(old: RelationFacts, options: AttachOptions): readonly string[] {
  const { onto, ontoKind, columns, declared } = options
  const table = quoteQualified(onto)
  // From PostgreSQL 18 on NOT NULL is a constraint with a name, and comes with the other constraints.
  const hasNamedNotNull = old.constraints.some((constraint) => constraint.type === 'n')
  return old.columns
    .filter((column) => columns === null || columns.has(column.name))
    .flatMap((column) => {
      const statements = [
        ...alterations(column, ontoKind, hasNamedNotNull).map(
          (what) => `alter ${ontoKind} ${table} alter column ${quoteIdent(column.name)} ${what};`,
        ),
        ...(old.kind === 'partitioned table' && column.compression !== null
          ? [
              eachPartition(
                table,
                `alter column ${quoteIdent(column.name)} set compression ${column.compression}`,
              ),
            ]
          : []),
        ...(column.comment === null || declared?.columnComments.has(column.name) === true
          ? []
          : [
              `comment on column ${table}.${quoteIdent(column.name)} is ${quoteLiteral(column.comment)};`,
            ]),
      ]
      return columns === null
        ? statements.map((statement) => ifColumn(onto, column.name, statement))
        : statements
    })
}

function alterations(
  column: ColumnFacts,
  kind: AttachOptions['ontoKind'],
  hasNamedNotNull: boolean,
): readonly string[] {
  const byDefault = column.default === null ? [] : [`set default ${column.default}`]
  if (kind === 'view') return byDefault
  const stored = [
    ...(column.statisticsTarget === null ? [] : [`set statistics ${column.statisticsTarget}`]),
    ...(column.options.length === 0 ? [] : [`set (${column.options.join(', ')})`]),
    ...(column.storage === null ? [] : [`set storage ${column.storage}`]),
  ]
  if (kind === 'materialized view') return stored
  return [
    ...byDefault,
    ...(column.isNotNull && !hasNamedNotNull ? ['set not null'] : []),
    ...stored,
    ...(column.compression === null ? [] : [`set compression ${column.compression}`]),
  ]
}
