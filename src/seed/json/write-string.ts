/** Text as a JSON string. */
import type { CopyBuffer } from '../copy-buffer.js'

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
