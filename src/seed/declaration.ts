/** What `seeds/seeds.yaml` declares: which files are loaded into which raw table. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Problem } from '../failure/types.js'
import type { Target } from '../graph/types.js'
import type { CsvOptions } from './csv/options.js'

/** Where sources are declared, from the project's root. */
export const SEEDS_FILE = 'seeds/seeds.yaml'

/**
 * How a file holds its records. `json`: an object a line, or one array. `ndjson`: an object a line. `csv`: fields between
 * delimiters, named by the first record. `parquet`: columns with names and types.
 */
export type FileFormat = 'json' | 'ndjson' | 'csv' | 'parquet'

/** `auto`: every file by the ending of its name. */
export type SourceFormat = FileFormat | 'auto'

/**
 * What becomes of a file's rows. `append`: every file once, what it holds is added. `snapshot`: the same, and each file is
 * the whole of its day, which the rows have in `_extract_date`. `replace`: the table has the rows of the files that are
 * there, as they are.
 */
export type SourceMode = 'append' | 'snapshot' | 'replace'

/**
 * Where a source's paths start. `data`: at the data root, the project's `seeds/` or the one that `--data` names. `project`: at the
 * project's `seeds/`, always; for files that belong to the project, as models do.
 */
export type SourceRoot = 'data' | 'project'

/** Raw tables are not typed: a field is text, or jsonb if it is nested. */
export type ColumnType = 'text' | 'jsonb'

/** A declared column of a raw table. */
export interface SeedColumn {
  /** Its name, which is also the key under which the files have it. */
  readonly name: string
  readonly type: ColumnType
  /** For the column's comment; empty if there is none. */
  readonly description: string
}

/** Files that are loaded into one raw table. */
export interface SeedSource {
  readonly name: string
  /** For the table's comment; empty if there is none. */
  readonly description: string
  /** Glob patterns under the source's root. The same name with `.gz` matches too. */
  readonly paths: readonly string[]
  readonly root: SourceRoot
  readonly format: SourceFormat
  /** The raw table. */
  readonly target: Target
  readonly columns: readonly SeedColumn[]
  /** Other keys under which files have a column: key -> column. */
  readonly aliases: Readonly<Record<string, string>>
  readonly mode: SourceMode
  /** How its CSV files are written, as far as that is declared. */
  readonly csv: CsvOptions
  readonly tags: readonly string[]
  /** The line of `SEEDS_FILE` that names the source. */
  readonly line: number
}

/** The sources, or everything that is wrong with their declaration. */
export type SeedsResult =
  | { readonly ok: true; readonly sources: readonly SeedSource[] }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/**
 * Reads a project's `seeds/seeds.yaml`. A project without one has no sources.
 * @throws the file system's error if the file is there but can't be read
 */
export async function readSeeds(projectDir: string): Promise<SeedsResult> {
  let text: string
  try {
    text = await readFile(join(projectDir, SEEDS_FILE), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { ok: true, sources: [] }
    throw error
  }
  // YAML is loaded only by projects that have sources.
  const { parseSeeds } = await import('./parse-seeds.js')
  return parseSeeds(text)
}
