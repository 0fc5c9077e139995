import { hexAt } from './scanner.js'

/** What the letter after a backslash stands for; `u` is not here. */
const SIMPLE_ESCAPE = new Uint8Array(256)
for (const [letter, value] of ['""', '\\\\', '//', 'b\b', 'f\f', 'n\n', 'r\r', 't\t'].map(
  (pair) => [pair.charCodeAt(0), pair.charCodeAt(1)],
)) {
  SIMPLE_ESCAPE[letter as number] = value as number
}

/**
 * Writes the contents of a JSON string as UTF-8.
 * @param bytes holds the string, which the scanner has found valid and free of lone surrogates
 * @param start of the contents, after the quote
 * @param end past the contents, before the quote
 * @param out takes the text from `at` on; the text is never longer than its escaped form
 * @returns the position in `out` past the text
 */
export function decodeString(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  at: number,
): number {
  let index = start
  while (index < end) {
    const byte = bytes[index] as number
    if (byte !== 0x5c) {
      out[at++] = byte
      index++
      continue
    }
    const letter = bytes[index + 1] as number
    if (letter !== 0x75) {
      out[at++] = SIMPLE_ESCAPE[letter] as number
      index += 2
      continue
    }
    let code = hexAt(bytes, index + 2)
    index += 6
    if (code >= 0xd800 && code <= 0xdbff) {
      code = 0x10000 + ((code - 0xd800) << 10) + (hexAt(bytes, index + 2) - 0xdc00)
      index += 6
    }
    at = writeCodePoint(code, out, at)
  }
  return at
}

function writeCodePoint(code: number, out: Uint8Array, at: number): number {
  if (code < 0x80) {
    out[at++] = code
  } else if (code < 0x800) {
    out[at++] = 0xc0 | (code >> 6)
    out[at++] = 0x80 | (code & 0x3f)
  } else if (code < 0x10000) {
    out[at++] = 0xe0 | (code >> 12)
    out[at++] = 0x80 | ((code >> 6) & 0x3f)
    out[at++] = 0x80 | (code & 0x3f)
  } else {
    out[at++] = 0xf0 | (code >> 18)
    out[at++] = 0x80 | ((code >> 12) & 0x3f)
    out[at++] = 0x80 | ((code >> 6) & 0x3f)
    out[at++] = 0x80 | (code & 0x3f)
  }
  return at
}
