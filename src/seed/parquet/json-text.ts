/** Values as JSON. */
import type { CopyBuffer } from '../copy-buffer.js'
import { JsonScanner, SENTINEL, UNSTORABLE_AS_JSONB } from '../json/scanner.js'
import { writeJsonString } from '../json/write-string.js'

/** Writes a number, a boolean or nested JSON as it is; what is no number (NaN, Infinity) in quotes. */
export function writeRawJson(out: CopyBuffer, bytes: Uint8Array, start: number, end: number): void {
  const first = bytes[start] === 0x2d ? bytes[start + 1] : bytes[start]
  if (first === 0x4e || first === 0x49) writeJsonString(out, bytes, start, end)
  else out.raw(bytes, start, end)
}

const scanner = new JsonScanner()

/** Whether bytes are JSON that jsonb can hold. */
export function isStorableJson(bytes: Uint8Array): boolean {
  const copy = Buffer.allocUnsafe(bytes.length + 1)
  copy.set(bytes)
  copy[bytes.length] = SENTINEL
  scanner.bytes = copy
  scanner.limit = bytes.length
  const past = scanner.value(scanner.skipSpace(0))
  return (
    past >= 0 &&
    scanner.skipSpace(past) === bytes.length &&
    (scanner.flags & UNSTORABLE_AS_JSONB) === 0
  )
}
