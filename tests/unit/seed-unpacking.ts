/** Compressed bytes as they arrive from a file, and all that is made of them. */

/** The bytes in chunks of a size. */
export async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    // As a file is read: into one buffer, again and again.
    const chunk = await Promise.resolve(Uint8Array.from(bytes.subarray(at, at + size)))
    yield chunk
    chunk.fill(0xee)
  }
}

/** Reads contents to their end: what came out, and what was said of damage. */
export async function readAll(
  contents: AsyncGenerator<Uint8Array, string | null>,
): Promise<{ readonly data: string; readonly damage: string | null }> {
  const pieces: Uint8Array[] = []
  for (;;) {
    const next = await contents.next()
    if (next.done === true)
      return { data: Buffer.concat(pieces).toString('latin1'), damage: next.value }
    pieces.push(Uint8Array.from(next.value))
  }
}
