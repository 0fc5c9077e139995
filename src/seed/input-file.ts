import { createHash } from 'node:crypto'
import { open, type FileHandle } from 'node:fs/promises'
import { gunzip } from './gunzip.js'
import type { ByteSource } from './parquet/byte-source.js'

/** Bytes that are read, and handed on, at a time. */
const CHUNK_BYTES = 256 * 1024

/**
 * A file that is read from start to end, decompressed if its first two bytes say that it is gzip, and
 * hashed as it is stored. Close it by `await using`.
 */
export class InputFile implements AsyncDisposable {
  /** Bytes that were read from the file so far; compressed ones, if it is compressed. */
  bytesRead = 0
  /** Bytes that were read by ranges. */
  #rangeBytes = 0
  readonly #handle: FileHandle
  readonly #hash = createHash('sha256')

  private constructor(handle: FileHandle) {
    this.#handle = handle
  }

  /** @throws the file system's error if it can't be opened */
  static async open(absolutePath: string): Promise<InputFile> {
    return new InputFile(await open(absolutePath, 'r'))
  }

  /** How many bytes of the file are done, however it is read. */
  get bytesDone(): number {
    return Math.max(this.bytesRead, this.#rangeBytes)
  }

  /** The file as one that is read by ranges. What is read so is hashed later, by `digest`. */
  async ranges(): Promise<ByteSource> {
    const { size } = await this.#handle.stat()
    return { byteLength: size, read: (offset, length) => this.#range(offset, length) }
  }

  /**
   * The contents. A chunk is good until the next one is asked for.
   * @returns null, or what is wrong with the compression; then what could be read has been yielded
   */
  async *contents(): AsyncGenerator<Uint8Array, string | null> {
    const magic = Buffer.alloc(2)
    const { bytesRead } = await this.#handle.read(magic, 0, 2, 0)
    const isGzip = bytesRead === 2 && magic[0] === 0x1f && magic[1] === 0x8b
    if (!isGzip) {
      yield* this.#chunks()
      return null
    }
    const contents = gunzip(() => this.#chunks())
    for (;;) {
      const next = await contents.next()
      if (next.done === true) return next.value
      // Little input can give much output: it is handed on in pieces, like a file.
      for (let at = 0; at < next.value.length; at += CHUNK_BYTES)
        yield next.value.subarray(at, at + CHUNK_BYTES)
    }
  }

  /** Reads what is left unread and gives the SHA-256 of the whole file, in hexadecimal. Only once. */
  async digest(): Promise<string> {
    const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES)
    while ((await this.#readAt(buffer, this.bytesRead)) > 0);
    return this.#hash.digest('hex')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close()
  }

  async *#chunks(): AsyncGenerator<Uint8Array> {
    const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES)
    let position = 0
    for (;;) {
      const length = await this.#readAt(buffer, position)
      if (length === 0) return
      position += length
      yield buffer.subarray(0, length)
    }
  }

  async #range(offset: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafeSlow(length)
    let filled = 0
    while (filled < length) {
      const { bytesRead } = await this.#handle.read(
        buffer,
        filled,
        length - filled,
        offset + filled,
      )
      if (bytesRead === 0) break
      filled += bytesRead
    }
    this.#rangeBytes += filled
    return buffer.subarray(0, filled)
  }

  /** Reads, and hashes what was not read before: a damaged compressed file is read twice. */
  async #readAt(buffer: Buffer, position: number): Promise<number> {
    const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, position)
    const isNewFrom = this.bytesRead - position
    if (isNewFrom < bytesRead) this.#hash.update(buffer.subarray(isNewFrom, bytesRead))
    this.bytesRead = Math.max(this.bytesRead, position + bytesRead)
    return bytesRead
  }
}
