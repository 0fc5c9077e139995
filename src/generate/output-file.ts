import { Gzip } from 'fflate'
import { mkdir, open, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Text that may wait in memory before it has to be written, in UTF-16 units. */
const bufferLimit = 256 * 1024

/**
 * A file that is written piece by piece. `write` only buffers; the writer of many pieces must `await
 * drain()` whenever `isFull` says so, which is what bounds the memory.
 *
 * Compression is done by a library in JavaScript, not by Node's zlib: the latter's output differs
 * between processors and versions, and the same arguments must give the same bytes.
 */
export class OutputFile {
  readonly #handle: FileHandle
  readonly #gzip: Gzip | undefined
  #text = ''
  #compressed: Uint8Array[] = []

  private constructor(handle: FileHandle, compress: boolean) {
    this.#handle = handle
    if (!compress) return
    // Without a time of modification: it would be the only trace of the day of writing.
    this.#gzip = new Gzip({ level: 3, mtime: 0 }, (chunk) => this.#compressed.push(chunk))
  }

  /** Creates the file, and the folders above it; an existing file is replaced. */
  static async create(path: string, compress: boolean): Promise<OutputFile> {
    await mkdir(dirname(path), { recursive: true })
    return new OutputFile(await open(path, 'w'), compress)
  }

  /** Adds text at the end. */
  write(text: string): void {
    this.#text += text
  }

  /** Whether so much is waiting that `drain` should be awaited before the next `write`. */
  get isFull(): boolean {
    return this.#text.length >= bufferLimit
  }

  /** Writes what is waiting, and resolves when the operating system has taken it. */
  async drain(isLast = false): Promise<void> {
    const bytes = Buffer.from(this.#text, 'utf8')
    this.#text = ''
    if (this.#gzip === undefined) {
      await this.#handle.writeFile(bytes)
      return
    }
    this.#gzip.push(bytes, isLast)
    const chunks = this.#compressed
    this.#compressed = []
    await this.#handle.writeFile(Buffer.concat(chunks))
  }

  /** Writes the rest and closes the file. */
  async close(): Promise<void> {
    try {
      await this.drain(true)
    } finally {
      await this.#handle.close()
    }
  }
}
