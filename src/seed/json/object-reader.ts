/**
 * Reads one JSON object's top level: where the value of each wanted key is, and what else it has.
 *
 * Keys are looked up by guess: the key that followed this one in the objects before. A guess costs a
 * comparison of bytes; only a wrong guess costs a decoded key and a map.
 */
import { ABSENT, HAS_ESCAPE, JsonScanner } from './scanner.js'

/** A key that was seen before. */
interface KnownKey {
  /** The key's bytes between its quotes, with the closing quote. */
  readonly bytes: Uint8Array
  /** The slot of a wanted key, -1 for any other. */
  readonly slot: number
  /** The key that came after this one last time. */
  next: KnownKey | null
}

/** How many keys are remembered: an object keyed by identifiers must not fill the memory. */
const MAX_KNOWN_KEYS = 1000

/** One value of the object, by positions in the scanned bytes. */
export interface Slots {
  readonly keyStart: Int32Array
  readonly keyEnd: Int32Array
  readonly start: Int32Array
  readonly end: Int32Array
  readonly kind: Uint8Array
  readonly flags: Uint8Array
}

/** How many numbers each field takes in `extras`. */
export const EXTRA_STRIDE = 5

/** Reads objects whose keys of interest are given once. */
export class ObjectReader {
  readonly scanner = new JsonScanner()
  /** The values of the wanted keys, by slot; `kind` is `ABSENT` where the object lacks the key. */
  readonly slots: Slots
  /** Other fields, five numbers each: key's start and end (quotes included), value's start and end, flags. */
  readonly extras: number[] = []

  readonly #known = new Map<string, KnownKey>()
  /** What comes before the first key; its `next` is the guess for the first key. */
  readonly #first: KnownKey = { bytes: new Uint8Array(0), slot: -1, next: null }

  /** @param wanted the keys, each the slot of its index */
  constructor(wanted: readonly string[]) {
    const count = wanted.length
    this.slots = {
      keyStart: new Int32Array(count),
      keyEnd: new Int32Array(count),
      start: new Int32Array(count),
      end: new Int32Array(count),
      kind: new Uint8Array(count),
      flags: new Uint8Array(count),
    }
    wanted.forEach((key, slot) => {
      this.#remember(Buffer.from(key, 'utf8').toString('latin1'), slot)
    })
  }

  /**
   * Reads the object at `at`, which has to be its opening brace; `scanner.bytes` and `.limit` are set.
   * Of a key that is there twice the last value counts, as in `JSON.parse`.
   * @returns the position past the object, or -1 with the scanner's `error` and `errorAt`
   */
  read(at: number): number {
    const scanner = this.scanner
    const { keyStart, keyEnd, start, end, kind, flags } = this.slots
    kind.fill(ABSENT)
    this.extras.length = 0

    at = scanner.skipSpace(at + 1)
    if (scanner.bytes[at] === 0x7d) return at + 1
    let previous = this.#first
    for (;;) {
      if (scanner.bytes[at] !== 0x22) return this.#fail(at, 'expected a key')
      const keyAt = at
      const guess = previous.next
      let key: KnownKey | null
      if (guess !== null && this.#matches(guess.bytes, at + 1)) {
        key = guess
        at += 1 + guess.bytes.length
        scanner.flags = 0
      } else {
        scanner.flags = 0
        at = scanner.string(at + 1)
        if (at < 0) return -1
        key = this.#lookUp(keyAt + 1, at - 1)
        if (key !== null) previous.next = key
      }
      const keyFlags = scanner.flags
      const afterKey = at
      at = scanner.colon(at)
      if (at < 0) return -1
      const valueAt = at
      at = scanner.value(at)
      if (at < 0) return -1
      if (key !== null && key.slot >= 0) {
        const slot = key.slot
        keyStart[slot] = keyAt
        keyEnd[slot] = afterKey
        start[slot] = valueAt
        end[slot] = at
        kind[slot] = scanner.kind
        flags[slot] = scanner.flags
      } else {
        this.extras.push(keyAt, afterKey, valueAt, at, keyFlags | scanner.flags)
      }
      if (key !== null) previous = key
      at = scanner.skipSpace(at)
      const byte = scanner.bytes[at]
      if (byte === 0x7d) return at + 1
      if (byte !== 0x2c) return this.#fail(at, 'expected a comma or the end of the object')
      at = scanner.skipSpace(at + 1)
    }
  }

  #matches(expected: Uint8Array, at: number): boolean {
    const bytes = this.scanner.bytes
    for (let index = 0; index < expected.length; index++) {
      if (bytes[at + index] !== expected[index]) return false
    }
    return true
  }

  /** The known key of these bytes; makes it known if there is room, else null. */
  #lookUp(start: number, end: number): KnownKey | null {
    const bytes = this.scanner.bytes
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1')
    if ((this.scanner.flags & HAS_ESCAPE) !== 0) {
      // A key may be written with escapes; the same key has to be found. Not remembered in that form.
      const decoded = JSON.parse(Buffer.from(`"${text}"`, 'latin1').toString('utf8')) as string
      return this.#known.get(Buffer.from(decoded, 'utf8').toString('latin1')) ?? null
    }
    const known = this.#known.get(text)
    if (known !== undefined) return known
    return this.#known.size < MAX_KNOWN_KEYS ? this.#remember(text, -1) : null
  }

  #remember(latin1: string, slot: number): KnownKey {
    const key: KnownKey = { bytes: Buffer.from(`${latin1}"`, 'latin1'), slot, next: null }
    this.#known.set(latin1, key)
    return key
  }

  #fail(at: number, message: string): -1 {
    this.scanner.errorAt = at
    this.scanner.error = message
    return -1
  }
}
