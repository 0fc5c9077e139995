/** `dataform export`: relations of a project into files. */
import { join } from 'node:path'
import { targetKey } from '../graph/target.js'
import type { Action } from '../graph/types.js'
import { CommandError } from '../failure/types.js'
import type { PostgresDatabase } from '../postgres/pool.js'
import type { PostgresSession } from '../postgres/pg-session.js'
import { countDecimals } from './decimals.js'
import {
  exportName,
  exportRelation,
  partitionFile,
  type ExportedFile,
  type RelationExport,
} from './export-relation.js'
import { hiveFolder } from './hive-folder.js'
import { parquetFormat } from './parquet-format.js'
import { parquetColumn } from './parquet-type.js'
import { declaredKey, readRelation, type ExportColumn, type Relation } from './relation.js'
import type { Format } from './row-file.js'
import { removeGone, StagedFiles } from './staged-files.js'
import { csvFormat, ndjsonFormat } from './text-format.js'

/** The forms in which rows are written. */
export const EXPORT_FORMATS = ['csv', 'ndjson', 'parquet'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

/** What is exported, and how. */
export interface ExportOptions {
  /** Those that are selected; what makes no relation is left out. */
  readonly actions: readonly Action[]
  /** All of the project, for their keys. */
  readonly allActions: readonly Action[]
  readonly format: ExportFormat
  /** Absolute path of the folder; made if it is missing. */
  readonly out: string
  /** A column that every relation must have; null for one file a relation. */
  readonly partitionBy: string | null
  readonly escapeFormulas: boolean
  readonly signal: AbortSignal
  readonly onProgress: (action: string, rows: number) => void
}

/** Whether an action builds something that has rows. */
export function hasRows(action: Action): boolean {
  switch (action.type) {
    case 'table':
    case 'view':
    case 'incremental':
      return true
    case 'operations':
      return action.hasOutput
    case 'assertion':
    case 'declaration':
    case 'load':
      return false
  }
}

/**
 * Writes the rows of all chosen actions as they are at one moment: in one transaction that only reads. All files appear
 * at the end, each whole; if anything fails before, none does.
 * @throws CommandError for a relation or a column that is not there; the driver's error; the file system's
 */
export async function exportActions(
  database: PostgresDatabase,
  options: ExportOptions,
): Promise<readonly ExportedFile[]> {
  const files = new StagedFiles()
  try {
    const exported = await database.withSession((session) => inSnapshot(session, files, options))
    if (options.signal.aborted) throw new CommandError('The export was cancelled.')
    await files.commit()
    for (const { written, plan } of exported) await removeStale(plan, written)
    return exported.flatMap(({ written }) => written)
  } finally {
    await files.discard()
  }
}

interface Exported {
  readonly plan: RelationExport
  readonly written: readonly ExportedFile[]
}

async function inSnapshot(
  session: PostgresSession,
  files: StagedFiles,
  options: ExportOptions,
): Promise<readonly Exported[]> {
  await session.query('begin isolation level repeatable read read only')
  try {
    const plans: RelationExport[] = []
    for (const action of options.actions.filter(hasRows))
      plans.push(await planExport(session, action, options))
    const exported: Exported[] = []
    for (const plan of plans) {
      if (options.signal.aborted) break
      exported.push({ plan, written: await exportRelation(session, files, plan) })
    }
    return exported
  } finally {
    await session.query('rollback').catch(() => undefined)
  }
}

async function planExport(
  session: PostgresSession,
  action: Action,
  options: ExportOptions,
): Promise<RelationExport> {
  const name = targetKey(action.target)
  const relation = await readRelation(session, action.target)
  if (relation === null)
    throw new CommandError(`${name} does not exist in the database`, {
      hint: `Build it first: dataform run --actions ${name}`,
    })
  const partition =
    options.partitionBy === null ? null : partitionColumn(relation, name, options.partitionBy)
  const columns = relation.columns.filter((column) => column !== partition)
  const declared = declaredKey(action, options.allActions)
  const isThere = (key: string): boolean => relation.columns.some((column) => column.name === key)
  return {
    relation,
    format: await formatFor(session, relation, columns, options),
    key: declared.length > 0 && declared.every(isThere) ? declared : relation.key,
    partition,
    out: options.out,
    onRows: (rows) => {
      options.onProgress(name, rows)
    },
  }
}

function partitionColumn(relation: Relation, name: string, wanted: string): ExportColumn {
  const column = relation.columns.find((candidate) => candidate.name === wanted)
  if (column === undefined)
    throw new CommandError(`${name} has no column "${wanted}" to partition by`, {
      exitCode: 2,
      hint: `Its columns are: ${relation.columns.map((candidate) => candidate.name).join(', ')}.`,
    })
  if (relation.columns.length === 1)
    throw new CommandError(`${name} has no column besides "${wanted}": its files would be empty`, {
      exitCode: 2,
    })
  return column
}

async function formatFor(
  session: PostgresSession,
  relation: Relation,
  columns: readonly ExportColumn[],
  { format, escapeFormulas }: ExportOptions,
): Promise<Format> {
  switch (format) {
    case 'csv':
      return csvFormat({ columns, escapeFormulas })
    case 'ndjson':
      return ndjsonFormat({ columns, escapeFormulas })
    case 'parquet': {
      const decimals = await countDecimals(session, relation)
      return parquetFormat(
        columns.map((column) => parquetColumn(column, decimals.get(column.name) ?? null)),
      )
    }
  }
}

/** Takes away what an earlier export has left of partitions that have no rows any more. */
async function removeStale(plan: RelationExport, written: readonly ExportedFile[]): Promise<void> {
  if (plan.partition === null) return
  const kept = new Set(written.map(({ path }) => path))
  const prefix = hiveFolder(plan.partition.name, '')
  await removeGone(
    join(plan.out, exportName(plan.relation)),
    prefix,
    partitionFile(plan.format),
    kept,
  )
}
