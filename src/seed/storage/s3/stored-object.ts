import type { IncomingMessage } from 'node:http'
import { BLOCK_BYTES, FileChanged, StorageError, type StoredFile } from '../types.js'
import type { S3Client } from './client.js'
import { bareEtag, type ObjectFacts } from './listing.js'

/** What has to be known of an object to read it. */
export type ReadObject = Pick<ObjectFacts, 'key' | 'size' | 'etag'>

/** An object that is read as it was found, across any number of connections. */
export class StoredObject implements StoredFile {
  readonly byteLength: number
  readonly #client: S3Client
  readonly #object: ReadObject
  readonly #closed = new AbortController()
  readonly #signal: AbortSignal

  constructor(client: S3Client, object: ReadObject, signal?: AbortSignal) {
    this.byteLength = object.size
    this.#client = client
    this.#object = object
    this.#signal =
      signal === undefined ? this.#closed.signal : AbortSignal.any([signal, this.#closed.signal])
  }

  async *stream(from: number): AsyncGenerator<Uint8Array> {
    const block = Buffer.allocUnsafeSlow(BLOCK_BYTES)
    let filled = 0
    for await (let piece of this.#pieces(from, this.byteLength)) {
      while (piece.length > 0) {
        const part = piece.subarray(0, BLOCK_BYTES - filled)
        block.set(part, filled)
        filled += part.length
        piece = piece.subarray(part.length)
        if (filled < BLOCK_BYTES) continue
        yield block
        filled = 0
      }
    }
    if (filled > 0) yield block.subarray(0, filled)
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const end = Math.min(this.byteLength, offset + length)
    const bytes = new Uint8Array(Math.max(0, end - offset))
    let filled = 0
    for await (const piece of this.#pieces(offset, end)) {
      bytes.set(piece, filled)
      filled += piece.length
    }
    return bytes
  }

  /** Ends what is still under way. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort()
    return Promise.resolve()
  }

  /** The bytes as they come. Where a connection breaks, the next one goes on. */
  async *#pieces(from: number, end: number): AsyncGenerator<Uint8Array> {
    let position = from
    for (let fruitless = 1; position < end; fruitless++) {
      const response = await this.#get(position, end)
      let problem: unknown = new Error('the connection ended too soon')
      try {
        for await (const chunk of response) {
          const piece = (chunk as Buffer).subarray(0, end - position)
          position += piece.length
          fruitless = 0
          yield piece
        }
      } catch (error) {
        this.#signal.throwIfAborted()
        problem = error
      }
      if (position < end && fruitless > 0)
        await this.#client.pauseAfter(fruitless, this.#client.unreachable(problem), this.#signal)
    }
  }

  /** Asks for the bytes from a position on, of the object as it was found and no other. */
  async #get(from: number, end: number): Promise<IncomingMessage> {
    const isWhole = from === 0 && end === this.byteLength
    const { key, etag } = this.#object
    const response = await this.#client.send(
      {
        method: 'GET',
        key,
        headers: {
          'if-match': `"${etag}"`,
          ...(isWhole ? {} : { range: `bytes=${from}-${end - 1}` }),
        },
        accepted: [206, 404, 412, 416],
      },
      this.#signal,
    )
    const status = response.statusCode ?? 0
    // There are servers that do not heed If-Match.
    const isSame = status < 300 && bareEtag(response.headers.etag ?? '') === etag
    const isAsked = status === (isWhole ? 200 : 206)
    if (isSame && isAsked) return response
    response.destroy()
    if (!isSame) throw new FileChanged()
    throw new StorageError(
      `${new URL(this.#client.settings.bucketUrl).host} does not give parts of an object`,
      'The storage, or a proxy before it, must support range requests.',
    )
  }
}
