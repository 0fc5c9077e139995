import { createHash } from 'node:crypto'
import { decompressorOf } from './compression/decompress.js'
import type { ByteSource } from './parquet/byte-source.js'
import { BLOCK_BYTES, type StoredFile } from './storage/types.js'

/** A file that is read from start to end, decompressed if it is compressed, and hashed as it is stored. */
export class InputFile {
  /** Bytes that were read from the file so far; compressed ones, if it is compressed. */
  bytesRead = 0
  /** Bytes that were read by ranges. */
  #rangeBytes = 0
  readonly #stored: StoredFile
  readonly #hash = createHash('sha256')

  /** @param stored the caller's to close */
  constructor(stored: StoredFile) {
    this.#stored = stored
  }

  /** How many bytes of the file are done, however it is read. */
  get bytesDone(): number {
    return Math.max(this.bytesRead, this.#rangeBytes)
  }

  /** The file as one that is read by ranges. What is read so is hashed later, by `digest`. */
  get ranges(): ByteSource {
    const { byteLength } = this.#stored
    return {
      byteLength,
      read: async (offset, length) => {
        // A storage has no answer to a range of nothing.
        const wanted = Math.min(length, byteLength - offset)
        if (wanted <= 0) return Buffer.alloc(0)
        const bytes = await this.#stored.read(offset, wanted)
        this.#rangeBytes += bytes.length
        return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
      },
    }
  }

  /**
   * The contents. A chunk is good until the next one is asked for.
   * @returns null, or what is wrong with the compression; then what could be read has been yielded
   */
  async *contents(): AsyncGenerator<Uint8Array, string | null> {
    const blocks = this.#blocks(0)
    const first = await blocks.next()
    if (first.done === true) return null
    const decompress = await decompressorOf(first.value)
    if (decompress === null) {
      yield* startingWith(first.value, blocks)
      return null
    }
    // The beginning is not asked for again; only a damaged file is read a second time.
    const begun = [startingWith(first.value, blocks)]
    const contents = decompress(() => begun.pop() ?? this.#blocks(0))
    for (;;) {
      const next = await contents.next()
      if (next.done === true) return next.value
      // Little input can give much output: it is handed on in pieces, like a file.
      for (let at = 0; at < next.value.length; at += BLOCK_BYTES)
        yield next.value.subarray(at, at + BLOCK_BYTES)
    }
  }

  /** Reads what is left unread and gives the SHA-256 of the whole file, in hexadecimal. Only once. */
  async digest(): Promise<string> {
    const rest = this.#blocks(this.bytesRead)
    while ((await rest.next()).done !== true);
    return this.#hash.digest('hex')
  }

  /** Reads, and hashes what was not read before. */
  async *#blocks(from: number): AsyncGenerator<Uint8Array> {
    let position = from
    for await (const block of this.#stored.stream(from)) {
      const isNewFrom = Math.max(0, this.bytesRead - position)
      if (isNewFrom < block.length) this.#hash.update(block.subarray(isNewFrom))
      position += block.length
      this.bytesRead = Math.max(this.bytesRead, position)
      yield block
    }
  }
}

async function* startingWith(
  first: Uint8Array,
  rest: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield first
    yield* rest
  } finally {
    await rest.return(undefined)
  }
}
