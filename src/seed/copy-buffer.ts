/** COPY's binary format: the bytes that PostgreSQL's `COPY ... WITH (FORMAT binary)` takes. */

/** The signature, no flags, no header extension: what every binary COPY starts with. */
const HEADER = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)])

/** What comes in place of a row's number of fields after the last row. */
const TRAILER = Buffer.from([0xff, 0xff])

/** Wraps blocks of rows as a whole binary COPY. */
export async function* copyStream(
  blocks: AsyncIterable<Buffer> | Iterable<Buffer>,
): AsyncGenerator<Buffer> {
  yield HEADER
  yield* blocks
  yield TRAILER
}

/** What binary jsonb starts with. */
export const JSONB_VERSION = 1

/** The buffer that a new `CopyBuffer` starts with, in bytes. */
const FIRST_CAPACITY = 512 * 1024

/**
 * Rows in the binary format, in a buffer that grows. Callers `reserve` room for a whole row first and
 * then write without a check; the fields are public because the writers of rows are hot loops.
 */
export class CopyBuffer {
  bytes: Buffer = Buffer.alloc(0)
  at = 0

  /** Makes room for so many more bytes. */
  reserve(length: number): void {
    const needed = this.at + length
    if (needed <= this.bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2, FIRST_CAPACITY))
    grown.set(this.bytes.subarray(0, this.at))
    this.bytes = grown
  }

  int16(value: number): void {
    this.bytes[this.at++] = value >> 8
    this.bytes[this.at++] = value
  }

  int32(value: number): void {
    this.int32At(this.at, value)
    this.at += 4
  }

  /** Writes a length that is known only after its field. */
  int32At(at: number, value: number): void {
    const bytes = this.bytes
    bytes[at] = value >> 24
    bytes[at + 1] = value >> 16
    bytes[at + 2] = value >> 8
    bytes[at + 3] = value
  }

  /** A bigint field, from a safe integer that is not negative. */
  bigint(value: number): void {
    this.int32(8)
    this.int32(Math.floor(value / 0x1_0000_0000))
    this.int32(value | 0)
  }

  /** A field of these bytes. */
  field(value: Uint8Array): void {
    this.int32(value.length)
    this.bytes.set(value, this.at)
    this.at += value.length
  }

  /** A NULL field. */
  null(): void {
    this.int32(-1)
  }

  /** Bytes from elsewhere, without a length. Short ones are cheaper in a loop than by a call. */
  raw(from: Uint8Array, start: number, end: number): void {
    if (end - start > 48) {
      this.bytes.set(from.subarray(start, end), this.at)
      this.at += end - start
      return
    }
    const bytes = this.bytes
    let at = this.at
    for (let index = start; index < end; index++) bytes[at++] = from[index] as number
    this.at = at
  }

  /** Gives the rows so far away and starts anew. */
  take(): Buffer {
    const taken = Buffer.from(this.bytes.buffer, this.bytes.byteOffset, this.at)
    this.bytes = Buffer.alloc(0)
    this.at = 0
    return taken
  }
}
