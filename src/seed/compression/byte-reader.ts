/** Bytes by their number, out of chunks of any size. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>
  #chunk: Uint8Array = new Uint8Array(0)

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** The next bytes, the caller's to keep; fewer than asked for at the end only. */
  async take(length: number): Promise<Uint8Array> {
    const taken = new Uint8Array(length)
    let filled = 0
    while (filled < length && (await this.#hasMore())) {
      const part = this.#advance(length - filled)
      taken.set(part, filled)
      filled += part.length
    }
    return taken.subarray(0, filled)
  }

  /** Passes over bytes; gives how many there were, fewer than asked for at the end only. */
  async skip(length: number): Promise<number> {
    let skipped = 0
    while (skipped < length && (await this.#hasMore()))
      skipped += this.#advance(length - skipped).length
    return skipped
  }

  /** Ends the chunks where they come from, if they have not ended. */
  async close(): Promise<void> {
    await this.#chunks.return?.()
  }

  async #hasMore(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      const next = await this.#chunks.next()
      if (next.done === true) return false
      this.#chunk = next.value
    }
    return true
  }

  #advance(most: number): Uint8Array {
    const part = this.#chunk.subarray(0, most)
    this.#chunk = this.#chunk.subarray(part.length)
    return part
  }
}
