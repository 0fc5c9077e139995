/** A part of a file that can't be read; `message` says why, for people. What can be read goes on. */
export class Damage extends Error {}

/**
 * Calls a decoder. Decoders check what would make them loop or allocate without bound; any other nonsense in the
 * bytes ends in an exception of the language (a read out of range, a length that is none), which is damage too.
 * @throws Damage
 */
export function decoding<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof Damage) throw error
    throw new Damage(error instanceof Error ? error.message : String(error))
  }
}
