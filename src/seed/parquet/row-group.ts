import type { Column, Slice } from './column.js'
import type { Cursor, RowWriter } from './row-writer.js'

/** A part of a file that could not be read. */
export interface LostRows {
  /** The first of them, from 1. */
  readonly line: number
  readonly rows: number
  readonly column: string
  readonly damage: string
}

/** A column with the slice that is read of it now, and how many of its rows are done. */
interface Progress {
  readonly column: Column
  slice: Slice
  done: number
}

/**
 * Brings the columns of a row group together: their pages end at different rows, and each of them may be damaged.
 * Rows of which all columns can be read are written; those of a damaged part are handed to `onLost`, all together.
 * Yields whenever a block of rows is full, or rejects may have come.
 */
export async function* writeRowGroup(
  columns: readonly Column[],
  writer: RowWriter,
  group: { readonly firstLine: number; readonly rows: number },
  onLost: (lost: LostRows) => void,
): AsyncGenerator<undefined> {
  const progress = columns.map((column): Progress => ({
    column,
    slice: { rows: 0, texts: null, damage: '' },
    done: 0,
  }))
  const losses = new Losses(onLost)
  for (let at = 0; at < group.rows;) {
    let rows = group.rows - at
    let damaged: Progress | undefined
    for (const one of progress) {
      if (one.done === one.slice.rows) {
        one.slice = await one.column.next()
        one.done = 0
      }
      rows = Math.min(rows, one.slice.rows - one.done)
      if (one.slice.texts === null) damaged ??= one
    }
    const line = group.firstLine + at
    if (damaged === undefined) {
      losses.end()
      yield* writeRows(progress, writer, rows, line)
    } else {
      const { column, slice } = damaged
      losses.add({ line, rows, column: column.name, damage: slice.damage })
    }
    for (const one of progress) one.done += rows
    at += rows
  }
  losses.end()
  yield
}

/** Puts lost rows together that follow one another and are lost for the same reason. */
class Losses {
  #open: LostRows | null = null
  readonly #onLost: (lost: LostRows) => void

  constructor(onLost: (lost: LostRows) => void) {
    this.#onLost = onLost
  }

  add(lost: LostRows): void {
    const open = this.#open
    if (open !== null && open.column === lost.column && open.damage === lost.damage) {
      this.#open = { ...open, rows: open.rows + lost.rows }
      return
    }
    this.end()
    this.#open = lost
  }

  /** Rows that can be read follow, or none. */
  end(): void {
    if (this.#open !== null) this.#onLost(this.#open)
    this.#open = null
  }
}

function* writeRows(
  progress: readonly Progress[],
  writer: RowWriter,
  rows: number,
  line: number,
): Generator<undefined> {
  const cursors = progress.flatMap(({ column, slice, done }): readonly Cursor[] =>
    slice.texts === null ? [] : [{ column, texts: slice.texts, from: done }],
  )
  for (let done = 0; done < rows;) {
    done += writer.write(cursors, done, rows - done, line + done)
    yield
  }
}
