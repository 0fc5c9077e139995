/**
 * A strict JSON scanner over bytes. It accepts exactly what `JSON.parse` accepts, but instead of
 * building values it says where they begin and end, so that what is stored is what was written
 * (`0.10`, `1e400`, `12345678901234567890`), and a row costs no garbage.
 *
 * Every scanning method takes the position of a value's first byte and gives the position past its
 * last byte, or `-1` after setting `error` and `errorAt`. The byte at `limit` has to exist and be a
 * line feed (`SENTINEL`): no token can swallow it, so the inner loops need no bounds check.
 */

/** What the byte after the scanned range has to be. */
export const SENTINEL = 0x0a

/** Deepest nesting that is read. PostgreSQL's own JSON parser recurses and would run out of stack. */
export const MAX_DEPTH = 1000

/** Longest number that is let into jsonb without looking at its value (its limit is 16,383 digits). */
const MAX_NUMBER_BYTES = 6000

/** The kinds of a scanned value; `ABSENT` is for who keeps a value in a slot. */
export const ABSENT = 0
export const NULL = 1
export const STRING = 2
export const NUMBER = 3
export const BOOLEAN = 4
export const NESTED = 5

/** Bits of `flags`. Text can't hold the second and third; jsonb none of the last three. */
export const HAS_ESCAPE = 1
export const HAS_NUL = 2
export const HAS_LONE_SURROGATE = 4
export const HAS_HUGE_NUMBER = 8
export const UNSTORABLE_AS_TEXT = HAS_NUL | HAS_LONE_SURROGATE
export const UNSTORABLE_AS_JSONB = UNSTORABLE_AS_TEXT | HAS_HUGE_NUMBER

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d

/** 1 for the bytes that end the plain part of a string: the quote, the backslash, control characters. */
const ENDS_PLAIN = new Uint8Array(256)
for (let byte = 0; byte < 0x20; byte++) ENDS_PLAIN[byte] = 1
ENDS_PLAIN[QUOTE] = 1
ENDS_PLAIN[BACKSLASH] = 1

/** The value of a hexadecimal digit, or 255. */
const HEX_VALUE = new Uint8Array(256).fill(255)
for (let digit = 0; digit < 16; digit++) {
  HEX_VALUE[digit.toString(16).charCodeAt(0)] = digit
  HEX_VALUE[digit.toString(16).toUpperCase().charCodeAt(0)] = digit
}

/** The four hexadecimal digits at `at` as a number, or -1. */
export function hexAt(bytes: Uint8Array, at: number): number {
  let value = 0
  for (let index = at; index < at + 4; index++) {
    const digit = HEX_VALUE[bytes[index] ?? 0] as number
    if (digit === 255) return -1
    value = value * 16 + digit
  }
  return value
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

/** The scanner. One instance is used for many texts: set `bytes` and `limit`, then scan. */
export class JsonScanner {
  bytes: Uint8Array = Buffer.alloc(0)
  limit = 0
  /** Kind of the last value. */
  kind = ABSENT
  /** Bits of the last value (of everything in it, if it is nested). */
  flags = 0
  /** What was wrong, for people; set when a method gives -1. */
  error = ''
  /** Where. At `limit`: the text ended too early, so more bytes might make it valid. */
  errorAt = 0

  readonly #closers = new Uint8Array(MAX_DEPTH)

  /** The first position from `at` that is no JSON white space, at most `limit`. */
  skipSpace(at: number): number {
    const bytes = this.bytes
    const limit = this.limit
    while (at < limit) {
      const byte = bytes[at] as number
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break
      at++
    }
    return at
  }

  /** Any value. */
  value(at: number): number {
    const byte = this.bytes[at] as number
    if (byte === QUOTE) {
      this.flags = 0
      this.kind = STRING
      return this.string(at + 1)
    }
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      this.flags = 0
      const end = this.#nested(at)
      this.kind = NESTED
      return end
    }
    this.flags = 0
    return this.#scalar(at)
  }

  /** The rest of a string from the byte after its quote; adds its bits to `flags`. */
  string(at: number): number {
    const bytes = this.bytes
    for (;;) {
      while (ENDS_PLAIN[bytes[at] as number] === 0) at++
      const byte = bytes[at] as number
      if (byte === QUOTE) return at + 1
      if (at >= this.limit) return this.#fail(at, 'the text ends inside a string')
      if (byte !== BACKSLASH) return this.#fail(at, 'a control character in a string')
      at = this.#escape(at)
      if (at < 0) return -1
    }
  }

  /** An escape sequence from its backslash. A surrogate pair is taken as one. */
  #escape(at: number): number {
    const bytes = this.bytes
    this.flags |= HAS_ESCAPE
    if (at + 1 >= this.limit) return this.#fail(this.limit, 'the text ends inside a string')
    switch (bytes[at + 1]) {
      case 0x22: // "
      case 0x5c: // \
      case 0x2f: // /
      case 0x62: // b
      case 0x66: // f
      case 0x6e: // n
      case 0x72: // r
      case 0x74: // t
        return at + 2
      case 0x75: {
        const code = hexAt(bytes, at + 2)
        if (code < 0) {
          // Cut off in the middle of the digits counts as the end of the text.
          let cut = at + 2
          while (cut < this.limit && HEX_VALUE[bytes[cut] as number] !== 255) cut++
          return this.#fail(cut, 'a bad \\u escape')
        }
        if (code === 0) this.flags |= HAS_NUL
        if (code < 0xd800 || code > 0xdfff) return at + 6
        if (code < 0xdc00 && bytes[at + 6] === BACKSLASH && bytes[at + 7] === 0x75) {
          const low = hexAt(bytes, at + 8)
          if (low >= 0xdc00 && low <= 0xdfff) return at + 12
        }
        this.flags |= HAS_LONE_SURROGATE
        return at + 6
      }
      default:
        return this.#fail(at + 1, 'a bad escape in a string')
    }
  }

  /** A number, `true`, `false` or `null`. */
  #scalar(at: number): number {
    const byte = this.bytes[at] as number
    switch (byte) {
      case 0x6e:
        this.kind = NULL
        return this.#word(at, 'null')
      case 0x74:
        this.kind = BOOLEAN
        return this.#word(at, 'true')
      case 0x66:
        this.kind = BOOLEAN
        return this.#word(at, 'false')
      default:
        this.kind = NUMBER
        return this.#number(at)
    }
  }

  #word(at: number, word: string): number {
    for (let index = 1; index < word.length; index++) {
      if (this.bytes[at + index] !== word.charCodeAt(index)) {
        return this.#fail(Math.min(at + index, this.limit), `expected ${word}`)
      }
    }
    return at + word.length
  }

  #number(start: number): number {
    const bytes = this.bytes
    let at = start
    if (bytes[at] === 0x2d) at++
    if (bytes[at] === 0x30) at++
    else if (isDigit(bytes[at] as number)) {
      do at++
      while (isDigit(bytes[at] as number))
    } else {
      return this.#fail(
        at,
        at >= this.limit ? 'the text ends where a value should be' : 'no JSON value',
      )
    }
    if (bytes[at] === 0x2e) {
      at++
      if (!isDigit(bytes[at] as number))
        return this.#fail(at, 'a number without digits after its point')
      while (isDigit(bytes[at] as number)) at++
    }
    if (bytes[at] === 0x65 || bytes[at] === 0x45) {
      at++
      if (bytes[at] === 0x2b || bytes[at] === 0x2d) at++
      const digits = at
      while (isDigit(bytes[at] as number)) at++
      if (at === digits) return this.#fail(at, 'a number without digits in its exponent')
      if (at - digits > 4) this.flags |= HAS_HUGE_NUMBER
    }
    if (at - start > MAX_NUMBER_BYTES) this.flags |= HAS_HUGE_NUMBER
    return at
  }

  /** An object or an array, without recursion, from its opening bracket. */
  #nested(at: number): number {
    const bytes = this.bytes
    const closers = this.#closers
    let depth = 0
    // Each turn opens a bracket or reads a value; the inner loop then closes what can be closed.
    for (;;) {
      const byte = bytes[at] as number
      let opened = false
      if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        if (depth === MAX_DEPTH) return this.#fail(at, `nested deeper than ${MAX_DEPTH} levels`)
        closers[depth++] = byte === OPEN_BRACE ? CLOSE_BRACE : CLOSE_BRACKET
        at++
        opened = true
      } else if (byte === QUOTE) {
        at = this.string(at + 1)
      } else {
        at = this.#scalar(at)
      }
      if (at < 0) return -1
      for (;;) {
        at = this.skipSpace(at)
        const closer = closers[depth - 1] as number
        if (bytes[at] === closer && at < this.limit) {
          at++
          opened = false
          if (--depth === 0) return at
          continue
        }
        if (!opened) {
          if (bytes[at] !== COMMA) return this.#fail(at, 'expected a comma or a closing bracket')
          at = this.skipSpace(at + 1)
        }
        if (closer === CLOSE_BRACE) {
          at = this.key(at)
          if (at < 0) return -1
        }
        break
      }
    }
  }

  /** A key and its colon, from the key's quote; gives the position of the value. */
  key(at: number): number {
    if (this.bytes[at] !== QUOTE) return this.#fail(at, 'expected a key')
    at = this.string(at + 1)
    return at < 0 ? -1 : this.colon(at)
  }

  /** White space, a colon, white space: what lies between a key and its value. */
  colon(at: number): number {
    at = this.skipSpace(at)
    if (this.bytes[at] !== COLON) return this.#fail(at, 'expected a colon')
    return this.skipSpace(at + 1)
  }

  #fail(at: number, message: string): -1 {
    this.errorAt = at
    this.error = message
    return -1
  }
}
