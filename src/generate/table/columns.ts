/**
 * A batch of rows, column by column, in typed arrays that are used again for the next batch. Rows never exist as objects:
 * tens of millions of them would take most of the time.
 */

import { formatDay } from '../calendar.js'

/** The code of a text that is missing. */
export const noText = 0xffff_ffff
/** The day of a date that is missing. */
export const noDay = -0x8000_0000

/** Texts that come again and again: each row has the number of one in `values`. */
export class TextColumn {
  readonly kind = 'text'
  readonly codes: Uint32Array
  readonly values: string[]

  /** @param values those that every batch starts with */
  constructor(
    readonly name: string,
    capacity: number,
    values: readonly string[] = [],
  ) {
    this.codes = new Uint32Array(capacity)
    this.values = [...values]
  }

  /** Adds a text to choose from. @returns its code */
  add(value: string): number {
    return this.values.push(value) - 1
  }

  text(row: number): string | null {
    return this.values[this.codes[row] ?? noText] ?? null
  }
}

/** Ids that are there once: as many ASCII characters in every row. */
export class IdColumn {
  readonly kind = 'id'
  readonly bytes: Uint8Array
  readonly isNull: Uint8Array

  constructor(
    readonly name: string,
    capacity: number,
    readonly width: number,
  ) {
    this.bytes = new Uint8Array(capacity * width)
    this.isNull = new Uint8Array(capacity)
  }

  /** Writes a word of 32 bits as eight hexadecimal digits. @param place which eight characters of the id */
  setWord(row: number, place: number, word: number): void {
    const at = row * this.width + place * 8
    for (let shift = 28; shift >= 0; shift -= 4) {
      const digit = (word >>> shift) & 15
      this.bytes[at + 7 - shift / 4] = digit < 10 ? 48 + digit : 87 + digit
    }
  }

  /** Copies the id of another row. */
  copy(from: number, to: number): void {
    this.bytes.copyWithin(to * this.width, from * this.width, (from + 1) * this.width)
    this.isNull[to] = this.isNull[from] ?? 0
  }

  text(row: number): string | null {
    if (this.isNull[row] === 1) return null
    const start = row * this.width
    return String.fromCharCode(...this.bytes.subarray(start, start + this.width))
  }
}

/** Instants in milliseconds since 1970; NaN for none. */
export class InstantColumn {
  readonly kind = 'instant'
  readonly milliseconds: Float64Array
  /** What stands in the place of an instant; only text formats have room for it. */
  readonly words = new Map<number, string>()

  constructor(
    readonly name: string,
    capacity: number,
  ) {
    this.milliseconds = new Float64Array(capacity)
  }

  text(row: number): string | null {
    const word = this.words.get(row)
    if (word !== undefined) return word
    const milliseconds = this.milliseconds[row] ?? Number.NaN
    return Number.isNaN(milliseconds) ? null : new Date(milliseconds).toISOString()
  }
}

/** Dates in days since 1970. */
export class DateColumn {
  readonly kind = 'date'
  readonly days: Int32Array

  constructor(
    readonly name: string,
    capacity: number,
  ) {
    this.days = new Int32Array(capacity)
  }

  text(row: number): string | null {
    const day = this.days[row] ?? noDay
    return day === noDay ? null : formatDay(day)
  }
}

/** A column of a batch. */
export type Column = TextColumn | IdColumn | InstantColumn | DateColumn

/** A file of batches. */
export interface TableFile {
  /** Writes the first rows of the columns; they may be changed as soon as it has resolved. */
  write(columns: readonly Column[], rows: number): Promise<void>
  /** Writes what ends the file, and closes it. */
  close(): Promise<void>
}
