import { isMap, type ParsedNode } from 'yaml'
import { nearestNames } from '../graph/nearest.js'
import { targetKey } from '../graph/target.js'
import type { Target } from '../graph/types.js'
import { MAX_IDENTIFIER_BYTES } from '../sql/identifiers.js'
import { csvOptions } from './csv/parse-options.js'
import {
  SEEDS_FILE,
  type ColumnType,
  type SeedColumn,
  type SeedSource,
  type SeedsResult,
} from './declaration.js'
import { EXTRACT_DATE } from './load-writer.js'
import { YamlFile } from './yaml-fields.js'

const SOURCE_KEYS = [
  'path',
  'root',
  'format',
  'target',
  'columns',
  'aliases',
  'mode',
  'tags',
  'description',
  'csv',
] as const
const COLUMN_KEYS = ['type', 'description'] as const
const FORMATS = ['json', 'ndjson', 'csv', 'parquet', 'auto'] as const
const ROOTS = ['data', 'project'] as const
const MODES = ['append', 'snapshot', 'replace'] as const
const TYPES = ['text', 'jsonb'] as const

/** Names that every raw table has already. */
const RESERVED = ['_extra', '_file', '_line', '_load_id', '_loaded_at', EXTRACT_DATE]

/** Checks the text of `seeds/seeds.yaml`; every problem is reported, not the first one. */
export function parseSeeds(text: string): SeedsResult {
  const yaml = new YamlFile(SEEDS_FILE, text)
  const sources: SeedSource[] = []
  if (yaml.root !== null && yaml.problems.length === 0) {
    for (const { key, at, value } of yaml.entries(yaml.root, 'the file')) {
      if (key !== 'sources') unknownKey(yaml, at, key, ['sources'], 'the file')
      else if (value !== null) {
        for (const source of yaml.entries(value, '"sources"')) {
          const parsed = new SourceParser(yaml, source.key, source.at).parse(source.value)
          if (parsed !== null) sources.push(parsed)
        }
      }
    }
    reportSharedTargets(yaml, sources)
    reportSystemTargets(yaml, sources)
  }
  return yaml.problems.length === 0 ? { ok: true, sources } : { ok: false, problems: yaml.problems }
}

/** Two sources of one table would each count the other's rows as their own. */
function reportSharedTargets(yaml: YamlFile, sources: readonly SeedSource[]): void {
  const owners = new Map<string, SeedSource>()
  for (const source of sources) {
    const key = targetKey(source.target)
    const owner = owners.get(key)
    if (owner === undefined) owners.set(key, source)
    else {
      yaml.problemAtLine(
        source.line,
        `source "${source.name}" loads into ${key}, which source "${owner.name}" does already`,
        'Give one source both path patterns, or another target.',
      )
    }
  }
}

/** Tables that are the loader's own. */
function reportSystemTargets(yaml: YamlFile, sources: readonly SeedSource[]): void {
  for (const { name, target, line } of sources) {
    const key = targetKey(target)
    if (key === 'raw.rejects' || target.schema === 'dataform_state')
      yaml.problemAtLine(
        line,
        `source "${name}" loads into ${key}, which is a table of the loader's own`,
        'Give it another target.',
      )
  }
}

function unknownKey(
  yaml: YamlFile,
  at: ParsedNode,
  key: string,
  known: readonly string[],
  what: string,
): void {
  const near = nearestNames(key, known)
  yaml.problem(
    at,
    `unknown key "${key}" in ${what}`,
    near.length > 0 ? `Did you mean "${near.join('" or "')}"?` : `Known are ${known.join(', ')}.`,
  )
}

/** Reads one source. Fields that are wrong are noted and replaced, so that the others are still checked. */
class SourceParser {
  readonly #yaml: YamlFile
  readonly #name: string
  readonly #at: ParsedNode
  readonly #what: string

  constructor(yaml: YamlFile, name: string, at: ParsedNode) {
    this.#yaml = yaml
    this.#name = name
    this.#at = at
    this.#what = `source "${name}"`
  }

  /** @returns null if a field is missing; with problems noted either way */
  parse(node: ParsedNode | null): SeedSource | null {
    const yaml = this.#yaml
    const what = this.#what
    if (node === null) {
      yaml.problem(this.#at, `${what} has no fields`, 'It needs at least path, format and columns.')
      return null
    }
    if (!isMap(node)) {
      yaml.problem(node, `${what} must be a map of names`)
      return null
    }
    const fields = new Map<string, ParsedNode>()
    for (const { key, at, value } of yaml.entries(node, what)) {
      if (!SOURCE_KEYS.some((known) => known === key)) unknownKey(yaml, at, key, SOURCE_KEYS, what)
      else if (value !== null) fields.set(key, value)
    }
    for (const required of ['path', 'format', 'columns']) {
      if (!fields.has(required)) yaml.problem(this.#at, `${what} has no "${required}"`)
    }
    const get = <T>(key: string, read: (value: ParsedNode) => T | null, otherwise: T): T => {
      const value = fields.get(key)
      return value === undefined ? otherwise : (read(value) ?? otherwise)
    }
    const columns = get('columns', (value) => this.#columns(value), [])
    const csvNode = fields.get('csv')
    if (
      csvNode !== undefined &&
      !['csv', 'auto'].includes(fields.get('format')?.toJSON() as string)
    )
      yaml.problem(csvNode, `"csv" of ${what} is for the formats csv and auto alone`)
    return {
      name: this.#name,
      description: get('description', (value) => yaml.text(value, `"description" of ${what}`), ''),
      paths: get('path', (value) => this.#paths(value), []),
      root: get('root', (value) => yaml.oneOf(value, `"root" of ${what}`, ROOTS), 'data'),
      format: get('format', (value) => yaml.oneOf(value, `"format" of ${what}`, FORMATS), 'json'),
      target: get('target', (value) => this.#target(value), { schema: 'raw', name: this.#name }),
      columns,
      aliases: get('aliases', (value) => this.#aliases(value, columns), {}),
      mode: get('mode', (value) => yaml.oneOf(value, `"mode" of ${what}`, MODES), 'append'),
      csv: get('csv', (value) => csvOptions(yaml, value, what), {}),
      tags: get(
        'tags',
        (value) => yaml.texts(value, `"tags" of ${what}`).map(({ text }) => text),
        [],
      ),
      line: yaml.lineOf(this.#at),
    }
  }

  #paths(node: ParsedNode): readonly string[] {
    return this.#yaml.texts(node, `"path" of ${this.#what}`).flatMap(({ text, at }) => {
      if (!text.startsWith('/') && !text.includes('\\') && !text.split('/').includes('..'))
        return [text]
      this.#yaml.problem(
        at,
        `"path" of ${this.#what} must stay inside the data root: ${text}`,
        'Write it relative to the data root, with forward slashes; --data chooses another root.',
      )
      return []
    })
  }

  #target(node: ParsedNode): Target | null {
    const text = this.#yaml.text(node, `"target" of ${this.#what}`)
    if (text === null) return null
    const [first = '', second, ...rest] = text.split('.')
    const target =
      second === undefined ? { schema: 'raw', name: first } : { schema: first, name: second }
    if (rest.length === 0 && target.schema !== '' && target.name !== '') {
      this.#identifier(node, target.schema)
      this.#identifier(node, target.name)
      return target
    }
    this.#yaml.problem(node, `"target" of ${this.#what} must be schema.name or name: ${text}`)
    return null
  }

  #columns(node: ParsedNode): readonly SeedColumn[] {
    const yaml = this.#yaml
    return yaml.entries(node, `"columns" of ${this.#what}`).map(({ key, at, value }) => {
      this.#identifier(at, key)
      if (RESERVED.includes(key))
        yaml.problem(at, `column "${key}" of ${this.#what} is there in every raw table`)
      const what = `column "${key}"`
      const fields = value !== null && 'items' in value ? yaml.entries(value, what) : []
      const typeNode =
        fields.length > 0 ? fields.find((field) => field.key === 'type')?.value : value
      let description = ''
      for (const field of fields) {
        if (field.key === 'description' && field.value !== null) {
          description = yaml.text(field.value, `"description" of ${what}`) ?? ''
        } else if (!COLUMN_KEYS.some((known) => known === field.key)) {
          unknownKey(yaml, field.at, field.key, COLUMN_KEYS, what)
        }
      }
      return { name: key, type: this.#type(typeNode ?? null, what), description }
    })
  }

  #type(node: ParsedNode | null, what: string): ColumnType {
    if (node === null || node.toJSON() === null) return 'text'
    return this.#yaml.oneOf(node, `the type of ${what}`, TYPES) ?? 'text'
  }

  #aliases(node: ParsedNode, columns: readonly SeedColumn[]): Readonly<Record<string, string>> {
    const yaml = this.#yaml
    const names = columns.map((column) => column.name)
    const entries = yaml
      .entries(node, `"aliases" of ${this.#what}`)
      .flatMap(({ key, at, value }) => {
        const column = value === null ? null : yaml.text(value, `alias "${key}" of ${this.#what}`)
        if (column === null) return []
        if (names.includes(key))
          yaml.problem(at, `alias "${key}" of ${this.#what} is a column itself`)
        if (!names.includes(column)) {
          yaml.problem(
            at,
            `alias "${key}" of ${this.#what} stands for "${column}", which is no column`,
          )
        }
        return [[key, column] as const]
      })
    return Object.fromEntries(entries)
  }

  #identifier(node: ParsedNode, name: string): void {
    if (Buffer.byteLength(name) <= MAX_IDENTIFIER_BYTES) return
    this.#yaml.problem(
      node,
      `"${name}" has more than ${MAX_IDENTIFIER_BYTES} bytes, PostgreSQL's limit for names`,
    )
  }
}
