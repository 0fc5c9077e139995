/** What loading knows of the place where the files are: a folder, or a bucket. */

/** A file of a source as it was found. */
export interface FoundFile {
  /** Relative to the data root, with forward slashes. */
  readonly path: string
  /** In bytes, as stored (compressed, if it is). */
  readonly size: number
  /** What the storage knows of its contents without reading them; another one after every change. */
  readonly signature: string
  /**
   * When it was last changed in any way, in milliseconds since 1970. Null where no clock is needed to trust the
   * signature: two changes never leave the same one, however soon they follow each other.
   */
  readonly changedAtMs: number | null
}

/** A file that is open for reading, as often and from wherever it is asked. Close it by `await using`. */
export interface StoredFile extends AsyncDisposable {
  /** Its size, as stored. */
  readonly byteLength: number
  /**
   * The bytes from a position to the end, in blocks of `BLOCK_BYTES`; only the last one is smaller.
   * A block is good until the next one is asked for.
   * @throws StorageError, or FileChanged
   */
  stream(from: number): AsyncGenerator<Uint8Array>
  /**
   * The bytes at an offset, the caller's to keep; fewer than asked for only where the file ends.
   * @throws StorageError, or FileChanged
   */
  read(offset: number, length: number): Promise<Uint8Array>
}

/** Bytes that are read, and handed on, at a time. */
export const BLOCK_BYTES = 256 * 1024

/** Where the sources' files are. */
export interface DataRoot {
  /**
   * The files that match one of the patterns, each once, in no order. Hidden files are left out, as they are what
   * copying tools write to before they rename.
   * @throws StorageError
   */
  find(patterns: readonly string[]): Promise<readonly FoundFile[]>
  /**
   * How a file is now.
   * @returns null if it has gone
   * @throws StorageError
   */
  describe(path: string): Promise<FoundFile | null>
  /**
   * Opens a file as it was found: if it has changed since, reading it may end with `FileChanged`.
   * @param signal ends reading that waits
   * @throws StorageError
   */
  open(file: FoundFile, signal?: AbortSignal): Promise<StoredFile>
}

/** A file or its storage can't be read, for a reason that is not this program's. */
export class StorageError extends Error {
  /** What to do about it. */
  readonly hint: string

  constructor(message: string, hint: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'StorageError'
    this.hint = hint
  }
}

/** A file is not any more what it was when it was found. */
export class FileChanged extends Error {
  constructor() {
    super('the file has changed')
    this.name = 'FileChanged'
  }
}
