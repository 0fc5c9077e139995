import type { SeedColumn } from '../declaration.js'
import type { LoadIdentity } from '../load-writer.js'
import type { ByteSource } from './byte-source.js'
import { ChunkReader, type Chunk } from './chunk-reader.js'
import { ConstantColumn, FlatColumn, lost, type Column } from './column.js'
import { Damage } from './damage.js'
import { readFooter, type Footer, type RowGroup } from './footer.js'
import { hiveKeys } from './hive.js'
import { LeafQueue } from './leaf-queue.js'
import { NestedColumn } from './nested-column.js'
import { writeRowGroup, type LostRows } from './row-group.js'
import { RowWriter } from './row-writer.js'
import { leavesOf, type Node } from './schema.js'

/** What is read, and into what. */
export interface ParquetOptions extends LoadIdentity {
  readonly columns: readonly SeedColumn[]
  readonly aliases: Readonly<Record<string, string>>
}

/**
 * Reads a Parquet file as rows for COPY, row group by row group. What can't be read counts as one rejected line for
 * each part: rows of a page, the rest of a row group, or the whole file.
 */
export class ParquetFile {
  readonly writer: RowWriter
  /** Something about the file as a whole that is worth a warning. */
  remark: string | null = null
  /** Rows found and parts that were lost. */
  linesRead = 0
  readonly #source: ByteSource
  readonly #steps: AsyncGenerator<undefined>

  constructor(source: ByteSource, options: ParquetOptions) {
    this.#source = source
    this.writer = new RowWriter(options, options.columns, options.aliases)
    this.#steps = this.#read(hiveKeys(options.file))
  }

  /**
   * Reads on a little.
   * @returns false after the end
   * @throws the file system's error
   */
  async step(): Promise<boolean> {
    return (await this.#steps.next()).done !== true
  }

  async *#read(keys: ReadonlyMap<string, string | null>): AsyncGenerator<undefined> {
    let footer: Footer
    try {
      footer = await readFooter(this.#source)
    } catch (error) {
      if (!(error instanceof Damage)) throw error
      this.#reject(1, error.message)
      return
    }
    if (!footer.isConsistent) this.remark = 'its footer contradicts itself about the number of rows'
    const constants = [...keys]
      .filter(([key]) => footer.columns.every(({ name }) => name !== key))
      .map(([key, value]) => new ConstantColumn(key, value))
    this.writer.begin([...footer.columns, ...constants].map(({ name }) => name))
    let firstLine = 1
    for (const [index, group] of footer.rowGroups.entries()) {
      const where = `row group ${index + 1}`
      const columns = footer.columns.map((node) => openColumn(node, group, this.#source))
      const lostLines = { rows: 0, parts: 0 }
      yield* writeRowGroup(
        [...columns, ...constants],
        this.writer,
        { firstLine, rows: group.rows },
        (part) => {
          lostLines.rows += part.rows
          lostLines.parts += 1
          this.#rejectPart(part, where)
        },
      )
      this.linesRead += group.rows - lostLines.rows
      this.#checkRest(footer.columns, group, firstLine, where)
      firstLine += group.rows
    }
  }

  /** Says so if a column has values beyond the rows that the footer gives the row group. */
  #checkRest(columns: readonly Node[], group: RowGroup, firstLine: number, where: string): void {
    for (const node of columns) {
      if (node.kind !== 'leaf' || node.depth > 0) continue
      const values = group.chunks[node.index]?.values ?? 0
      if (!(values > group.rows)) continue
      const name = JSON.stringify(node.name)
      this.#reject(
        firstLine + group.rows,
        `${where} has ${group.rows} rows by the footer, but column ${name} has ${values} values; those beyond are lost`,
      )
      return
    }
  }

  #rejectPart({ line, rows, column, damage }: LostRows, where: string): void {
    const which = rows === 1 ? `row ${line}` : `rows ${line} to ${line + rows - 1}`
    this.#reject(
      line,
      `${which} (${where}): column ${JSON.stringify(column)} can't be read: ${damage}`,
    )
  }

  #reject(line: number, detail: string): void {
    this.linesRead += 1
    this.writer.rejectText(this.writer.malformed, detail, Buffer.alloc(0), line)
  }
}

function openColumn(node: Node, group: RowGroup, source: ByteSource): Column {
  const leaves = leavesOf(node)
  const chunks = leaves.flatMap(({ index }): readonly Chunk[] => {
    const chunk = group.chunks[index]
    return chunk === null || chunk === undefined ? [] : [chunk]
  })
  if (chunks.length < leaves.length)
    return lostColumn(node.name, 'the footer does not say where it is')
  const readers = leaves.map((leaf, index) => new ChunkReader(leaf, source, chunks[index] as Chunk))
  if (node.kind === 'leaf' && node.depth === 0)
    return new FlatColumn(node.name, node.type.json, readers[0] as ChunkReader)
  return new NestedColumn(
    node,
    leaves.map((leaf, index) => new LeafQueue(leaf, readers[index] as ChunkReader)),
  )
}

function lostColumn(name: string, damage: string): Column {
  return { name, json: 'raw', next: () => Promise.resolve(lost(Infinity, damage)) }
}
