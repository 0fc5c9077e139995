import { CommandError } from '../../../failure/types.js'
import { matcherOf } from '../glob.js'
import type { DataRoot, FoundFile, StoredFile } from '../types.js'
import { S3Client } from './client.js'
import { describeObject, listObjects, type ObjectFacts } from './listing.js'
import { readS3Settings, type Environment } from './settings.js'
import { StoredObject } from './stored-object.js'

/**
 * The data root for `s3://bucket/prefix`.
 * @throws CommandError (exit code 2) for wrong use or a prefix with nothing under it, StorageError if the bucket can't
 *   be listed
 */
export async function openS3Prefix(location: string, env: Environment): Promise<DataRoot> {
  const root = new S3Prefix(new S3Client(readS3Settings(location, env)))
  if ((await root.hasObjects()) || root.isWholeBucket) return root
  throw new CommandError(`there is nothing under ${location}`, {
    exitCode: 2,
    hint: 'Give --data the prefix that the files of the sources are under.',
  })
}

/** A prefix of a bucket. */
export class S3Prefix implements DataRoot {
  readonly #client: S3Client
  readonly #prefix: string

  constructor(client: S3Client) {
    this.#client = client
    this.#prefix = client.settings.prefix
  }

  get isWholeBucket(): boolean {
    return this.#prefix === ''
  }

  /**
   * True if there is anything under it.
   * @throws StorageError if that can't be known
   */
  async hasObjects(): Promise<boolean> {
    for await (const page of listObjects(this.#client, this.#prefix, 1)) return page.length > 0
    return false
  }

  async find(patterns: readonly string[]): Promise<readonly FoundFile[]> {
    const { matches, prefixes } = matcherOf(patterns)
    const found: FoundFile[] = []
    for (const prefix of prefixes) {
      for await (const page of listObjects(this.#client, `${this.#prefix}${prefix}`)) {
        for (const object of page) {
          const file = this.#fileOf(object)
          // Consoles make an empty object for what they show as a folder.
          if (!file.path.endsWith('/') && matches(file.path)) found.push(file)
        }
      }
    }
    return found
  }

  async describe(path: string): Promise<FoundFile | null> {
    const object = await describeObject(this.#client, `${this.#prefix}${path}`)
    return object === null ? null : this.#fileOf(object)
  }

  open({ path, size, signature }: FoundFile, signal?: AbortSignal): Promise<StoredFile> {
    const object = { key: `${this.#prefix}${path}`, size, etag: etagOf(signature) }
    return Promise.resolve(new StoredObject(this.#client, object, signal))
  }

  #fileOf({ key, size, etag, modifiedMs }: ObjectFacts): FoundFile {
    return {
      path: key.slice(this.#prefix.length),
      size,
      signature: `${size}:${modifiedMs}:${etag}`,
      changedAtMs: null,
    }
  }
}

/** The ETag in a signature; it stands last, since nothing is said of the characters that it may have. */
const etagOf = (signature: string): string => signature.split(':').slice(2).join(':')
