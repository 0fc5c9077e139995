import { createGunzip } from 'node:zlib'

/** Compressed bytes that are given to zlib at a time; bounds what comes out of it at a time. */
const SLICE_BYTES = 16 * 1024

/** One decompression, driven by hand: a piece in, everything that comes of it out. */
class Inflater {
  /** What is wrong with the data, once something is. */
  error: string | null = null
  readonly #gunzip = createGunzip({ chunkSize: 128 * 1024 })
  #pieces: Buffer[] = []
  #wake: () => void = () => undefined

  constructor() {
    // Without a pause nothing waits in the stream's own buffer, which an error would throw away.
    this.#gunzip.on('data', (piece: Buffer) => this.#pieces.push(piece))
    this.#gunzip.on('error', (error) => {
      this.error = error.message
      this.#wake()
    })
    this.#gunzip.on('end', () => {
      this.#wake()
    })
  }

  async write(slice: Uint8Array): Promise<readonly Buffer[]> {
    const before = this.#gunzip.bytesWritten
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      this.#gunzip.write(slice, () => {
        resolve()
      })
    })
    // zlib goes on with another member, but past zero bytes, which fill up what is stored in blocks, it looks at nothing.
    const unread = slice.length - (this.#gunzip.bytesWritten - before)
    if (unread > 0 && slice.subarray(-unread).some((byte) => byte !== 0))
      this.error ??= 'something follows the zero bytes after its end'
    return this.#take()
  }

  async end(): Promise<readonly Buffer[]> {
    if (this.error === null && !this.#gunzip.readableEnded) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        this.#gunzip.end()
      })
    }
    return this.#take()
  }

  destroy(): void {
    this.#gunzip.destroy()
  }

  #take(): readonly Buffer[] {
    const pieces = this.#pieces
    this.#pieces = []
    return pieces
  }
}

/**
 * Decompresses as much as there is to decompress. zlib throws away what it has made of the piece of
 * input in which it finds an error, so that piece is read again byte by byte.
 * @param open gives the compressed bytes from the start, each time that it is called
 * @returns null, or what is wrong with the data; all that could be read has been yielded
 */
export async function* gunzip(
  open: () => AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, string | null> {
  const inflater = new Inflater()
  let yielded = 0
  let consumed = 0
  try {
    for await (const slice of slicesOf(open(), Infinity)) {
      const pieces = await inflater.write(slice)
      if (inflater.error !== null) break
      consumed += slice.length
      for (const piece of pieces) {
        yielded += piece.length
        yield piece
      }
    }
    // At the end zlib says that something is missing; what it has read by then has come out.
    if (inflater.error === null) {
      yield* await inflater.end()
      return inflater.error
    }
  } finally {
    inflater.destroy()
  }
  yield* gunzipBytewise(open, consumed, yielded)
  return inflater.error
}

/** Decompresses again, byte by byte from `from` on, and leaves out the first `skipped` bytes of the result. */
async function* gunzipBytewise(
  open: () => AsyncIterable<Uint8Array>,
  from: number,
  skipped: number,
): AsyncGenerator<Uint8Array> {
  const inflater = new Inflater()
  let made = 0
  try {
    for await (const slice of slicesOf(open(), from)) {
      for (const piece of await inflater.write(slice)) {
        const isNew = made + piece.length > skipped
        const unseen = isNew ? piece.subarray(Math.max(0, skipped - made)) : null
        made += piece.length
        if (unseen !== null) yield unseen
      }
      if (inflater.error !== null) return
    }
  } finally {
    inflater.destroy()
  }
}

/** The bytes in slices; from the offset `bytewiseFrom` on in slices of one byte. */
async function* slicesOf(
  source: AsyncIterable<Uint8Array>,
  bytewiseFrom: number,
): AsyncGenerator<Uint8Array> {
  let offset = 0
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length;) {
      const most = offset < bytewiseFrom ? Math.min(SLICE_BYTES, bytewiseFrom - offset) : 1
      const slice = chunk.subarray(at, at + most)
      yield slice
      at += slice.length
      offset += slice.length
    }
  }
}
