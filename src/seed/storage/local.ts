import { open, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { glob } from 'tinyglobby'
import {
  BLOCK_BYTES,
  StorageError,
  type DataRoot,
  type FoundFile,
  type StoredFile,
} from './types.js'

/** A folder of this machine. It may be missing: then it has no files. */
export class LocalFolder implements DataRoot {
  readonly #folder: string

  /** @param folder absolute path */
  constructor(folder: string) {
    this.#folder = folder
  }

  async find(patterns: readonly string[]): Promise<readonly FoundFile[]> {
    const paths = await glob([...patterns], {
      cwd: this.#folder,
      onlyFiles: true,
      expandDirectories: false,
    })
    const found = await Promise.all([...new Set(paths)].map((path) => this.describe(path)))
    return found.filter((file) => file !== null)
  }

  /** Setting a modification time back does not hide a change, since the change time can't be set. */
  async describe(path: string): Promise<FoundFile | null> {
    try {
      const { size, ino, mtimeNs, ctimeNs } = await stat(join(this.#folder, path), { bigint: true })
      return {
        path,
        size: Number(size),
        signature: `${ino}:${mtimeNs}:${ctimeNs}`,
        changedAtMs: Number((mtimeNs > ctimeNs ? mtimeNs : ctimeNs) / 1_000_000n),
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw readError(error)
    }
  }

  async open(file: FoundFile): Promise<StoredFile> {
    try {
      return new LocalFile(await open(join(this.#folder, file.path), 'r'), file.size)
    } catch (error) {
      throw readError(error)
    }
  }
}

class LocalFile implements StoredFile {
  readonly byteLength: number
  readonly #handle: FileHandle

  constructor(handle: FileHandle, byteLength: number) {
    this.#handle = handle
    this.byteLength = byteLength
  }

  /** To the end as it is when it gets there: a file that has grown is then seen to have changed. */
  async *stream(from: number): AsyncGenerator<Uint8Array> {
    const block = Buffer.allocUnsafeSlow(BLOCK_BYTES)
    for (let position = from; ;) {
      const length = await this.#fill(block, position)
      if (length === 0) return
      position += length
      yield block.subarray(0, length)
    }
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length)
    return bytes.subarray(0, await this.#fill(bytes, offset))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close()
  }

  /** One read may give less than there is. */
  async #fill(bytes: Uint8Array, position: number): Promise<number> {
    let filled = 0
    while (filled < bytes.length) {
      const { bytesRead } = await this.#handle
        .read(bytes, filled, bytes.length - filled, position + filled)
        .catch((error: unknown) => {
          throw readError(error)
        })
      if (bytesRead === 0) break
      filled += bytesRead
    }
    return filled
  }
}

function readError(error: unknown): StorageError {
  const message = error instanceof Error ? error.message : String(error)
  return new StorageError(message, 'Check that the file exists and may be read.', error)
}
