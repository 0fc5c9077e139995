import { InputFile } from './input-file.js'
import type { RecordedLoad } from './state.js'
import type { DataRoot, FoundFile } from './storage/types.js'

/** How hard to look. */
export interface LookOptions {
  readonly dataRoot: DataRoot
  readonly signal?: AbortSignal
  /** Read the file even if the storage says that it has not changed. */
  readonly verify?: boolean
}

/**
 * The load that has the contents that the file has now. The file is read only if there may be one.
 * @param earlier loads of the file that count: see `comparable`
 * @throws StorageError, or FileChanged
 */
export async function findUnchanged(
  file: FoundFile,
  earlier: readonly RecordedLoad[],
  { dataRoot, signal, verify }: LookOptions,
): Promise<RecordedLoad | undefined> {
  const sameSize = earlier.filter((load) => load.size === file.size)
  if (sameSize.length === 0) return undefined
  const same = verify === true ? undefined : sameSize.find((load) => isSame(load, file))
  if (same !== undefined) return same
  await using stored = await dataRoot.open(file, signal)
  const sha256 = await new InputFile(stored).digest()
  return sameSize.find((load) => load.sha256 === sha256)
}

/** True if the file looks as it did when that load was recorded. */
export function isSame(load: RecordedLoad, file: FoundFile): boolean {
  return load.size === file.size && load.signature === file.signature
}
