/** Finds the records of a file in its bytes and hands them to a projection, one after the other. */
export interface Framer {
  /** Takes the next bytes and handles every record that they complete. Does not keep `chunk`. */
  push(chunk: Uint8Array): void
  /** The bytes are over: handles what is left. */
  end(): void
  /** Records found: non-blank lines, or elements of an array. Each became a row or a reject. */
  readonly recordsRead: number
  /** The number of the next record's line or element. */
  readonly nextLine: number
  /** Something about the file as a whole that is worth a warning, once the bytes are over. */
  readonly remark: string | null
  /** The header of a CSV file, as it was written; null without one. */
  readonly header: string | null
}
