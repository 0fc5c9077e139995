import { formatDay } from '../calendar.js'
import { lastDay } from '../common-options.js'
import { add, sorted, sum, type Counts } from '../counts.js'
import { isQuarantined } from '../fates.js'
import type { Changes } from './history.js'
import type { StreamingOptions } from './options.js'
import type { streamDirt } from './streams.js'
import type { VendorFile } from './vendor.js'

/** Counts what is written while it is written, and makes the manifest of it. */
export class Tally {
  readonly #files: object[] = []
  readonly #rows: Counts = {}
  readonly #quarantined: Counts = {}
  readonly #dirt: Counts = {}
  readonly #streamsByDate: Counts = {}
  readonly #extracts: ({ readonly entity: string; readonly extract_date: string } & Changes)[] = []
  #duplicates = 0

  /** A file that has been closed. */
  addFile(source: string, file: { readonly path: string; readonly rows: number }): void {
    this.#files.push({ source, ...file })
    add(this.#rows, source, file.rows)
  }

  /** A stream, with the dirt in it. */
  addStream(day: string, kind: (typeof streamDirt)[number] | undefined): void {
    if (kind !== undefined) add(this.#dirt, kind.name)
    if (kind?.fate === 'duplicate') this.#duplicates += 1
    if (kind !== undefined && isQuarantined(kind.fate)) add(this.#quarantined, kind.fate)
    else add(this.#streamsByDate, day)
  }

  /** An extract of the vendor's. */
  addExtract({ entity, day, changes, quarantined }: VendorFile): void {
    this.#extracts.push({ entity, extract_date: day, ...changes })
    for (const [reason, rows] of Object.entries(quarantined)) {
      add(this.#quarantined, reason, rows)
      add(this.#dirt, `${entity}_${reason}`, rows)
    }
  }

  get files(): number {
    return this.#files.length
  }
  get rows(): number {
    return sum(this.#rows)
  }
  get dirt(): number {
    return sum(this.#dirt)
  }

  /** The manifest: plain data for `JSON.stringify`; docs/generator.md explains every figure. */
  manifest(options: StreamingOptions): object {
    const { out: _out, firstDay, ...given } = options
    return {
      domain: 'streaming',
      arguments: { ...given, start: formatDay(firstDay), end: formatDay(lastDay(options)) },
      expected: {
        // The night after the last day, in which the last extract comes.
        as_of: formatDay(lastDay(options) + 1),
        raw_rows: sorted(this.#rows),
        duplicate_rows: this.#duplicates,
        quarantined_rows: sorted(this.#quarantined),
        streams_by_date: sorted(this.#streamsByDate),
        extracts: this.#extracts,
      },
      dirt: { pieces: this.dirt, kinds: sorted(this.#dirt) },
      files: this.#files,
    }
  }
}
