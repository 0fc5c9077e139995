import type { MediaOptions } from './options.js'
import type { FileShape } from './row-file.js'

/**
 * Gives every file its name and shape. Formats, compression and byte order marks follow from the
 * number of the file, so that each combination comes up.
 */
export class FileSequence {
  readonly #options: MediaOptions
  readonly #hasMarks: boolean
  #files = 0
  #filesInFolder = 0
  #folder = ''
  #copies = 0

  /** @param hasMarks whether one file in ten starts with a byte order mark */
  constructor(options: MediaOptions, hasMarks: boolean) {
    this.#options = options
    this.#hasMarks = hasMarks
  }

  /** Whether the file that was named last is one of the one in ten that end in the middle of a row. */
  get isTruncated(): boolean {
    return this.#files % 10 === 3
  }

  /**
   * The next file of a folder.
   * @param name what its rows are; the number is added
   * @param isPlain whether it has no byte order mark in any case
   */
  next(folder: string, name: string, isPlain: boolean): FileShape {
    if (folder !== this.#folder) this.#filesInFolder = 0
    this.#folder = folder
    this.#filesInFolder += 1
    const index = this.#files++
    const { format, gzip } = this.#options
    const isArray = format === 'array' || (format === 'mixed' && index % 3 === 1)
    return shape(`${folder}/${name}`, this.#filesInFolder, {
      format: isArray ? 'array' : 'ndjson',
      gzip: gzip === 'all' || (gzip === 'some' && index % 4 === 3),
      byte_order_mark: this.#hasMarks && !isPlain && index % 10 === 0,
    })
  }

  /** The file that repeats another one: the same rows in the other format, as of a second export. */
  copyOf(original: FileShape, folder: string): FileShape {
    this.#copies += 1
    return shape(`${folder}/resent`, this.#copies, {
      format: original.format === 'array' ? 'ndjson' : 'array',
      gzip: this.#options.gzip === 'all',
      byte_order_mark: false,
    })
  }
}

function shape(name: string, number: number, rest: Omit<FileShape, 'path'>): FileShape {
  const ending = `${rest.format === 'array' ? 'json' : 'ndjson'}${rest.gzip ? '.gz' : ''}`
  return { path: `media/${name}-${String(number).padStart(2, '0')}.${ending}`, ...rest }
}
