/** Values as JSON. */
import type { CopyBuffer } from '../copy-buffer.js'
import {
  HAS_HUGE_NUMBER,
  HAS_LONE_SURROGATE,
  HAS_NUL,
  JsonScanner,
  SENTINEL,
} from '../json/scanner.js'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const HEX = '0123456789abcdef'

/** The most that a string of so many bytes can take as JSON, quotes included. */
export function longestJson(length: number): number {
  return 6 * length + 2
}

/** Writes bytes, which are UTF-8, as a JSON string. The caller has reserved. */
export function writeJsonString(
  out: CopyBuffer,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const to = out.bytes
  let at = out.at
  to[at++] = QUOTE
  for (let index = start; index < end; index++) {
    const byte = bytes[index] as number
    if (byte === QUOTE || byte === BACKSLASH) {
      to[at++] = BACKSLASH
      to[at++] = byte
    } else if (byte >= 0x20) to[at++] = byte
    else {
      at += to.write('\\u00', at, 'latin1')
      to[at++] = HEX.charCodeAt(byte >> 4)
      to[at++] = HEX.charCodeAt(byte & 15)
    }
  }
  to[at++] = QUOTE
  out.at = at
}

/** Writes a number, a boolean or nested JSON as it is; what is no number (NaN, Infinity) in quotes. */
export function writeRawJson(out: CopyBuffer, bytes: Uint8Array, start: number, end: number): void {
  const first = bytes[start] === 0x2d ? bytes[start + 1] : bytes[start]
  if (first === 0x4e || first === 0x49) writeJsonString(out, bytes, start, end)
  else out.raw(bytes, start, end)
}

const UNSTORABLE = HAS_NUL | HAS_LONE_SURROGATE | HAS_HUGE_NUMBER

const scanner = new JsonScanner()

/** Whether bytes are JSON that jsonb can hold. */
export function isStorableJson(bytes: Uint8Array): boolean {
  const copy = Buffer.allocUnsafe(bytes.length + 1)
  copy.set(bytes)
  copy[bytes.length] = SENTINEL
  scanner.bytes = copy
  scanner.limit = bytes.length
  const past = scanner.value(scanner.skipSpace(0))
  return past >= 0 && scanner.skipSpace(past) === bytes.length && (scanner.flags & UNSTORABLE) === 0
}
