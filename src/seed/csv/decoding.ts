/**
 * Text of any encoding as UTF-8. Files of UTF-8 go through as they are, bad bytes too: they cost their line.
 */
import { isUtf8 } from 'node:buffer'
import { TextDecoder } from 'node:util'

/** Turns a file's bytes into UTF-8, a chunk at a time. */
export interface Decoding {
  readonly encoding: string
  /** True if there are bytes that can't be decoded: they become U+FFFD. */
  readonly isLossy: boolean
  /** @param chunk not kept */
  decode(chunk: Uint8Array): Uint8Array
  /** What is left at the end: half a character, say. */
  end(): Uint8Array
}

const BYTE_ORDER_MARKS: readonly (readonly [string, readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
]

/** True for a name of an encoding that can be read. */
export function isEncoding(name: string): boolean {
  try {
    new TextDecoder(name)
    return true
  } catch {
    return false
  }
}

/** The encoding that a file's byte order mark names; null without one. */
export function markedEncoding(head: Uint8Array): string | null {
  const marked = BYTE_ORDER_MARKS.find(([, mark]) =>
    mark.every((byte, index) => head[index] === byte),
  )
  return marked?.[0] ?? null
}

/**
 * Finds out how a file without a mark is encoded, by its first bytes: a NUL in every other byte; bytes that are not
 * UTF-8 where nothing but ASCII is, which is Windows' Western European.
 * @param head at least a few lines
 */
export function sniffEncoding(head: Uint8Array): string {
  const even = countNul(head, 0)
  const odd = countNul(head, 1)
  const half = head.length / 2
  if (odd > half * 0.6 && even < half * 0.1) return 'utf-16le'
  if (even > half * 0.6 && odd < half * 0.1) return 'utf-16be'
  // Half a character at the head's end says nothing.
  if (isUtf8(head) || isUtf8(head.subarray(0, lastAscii(head) + 1))) return 'utf-8'
  return hasUtf8Sequence(head) ? 'utf-8' : 'windows-1252'
}

/** Makes the decoding of a file. @param encoding a name that `isEncoding` */
export function decodingOf(encoding: string): Decoding {
  const decoder = new TextDecoder(encoding)
  if (decoder.encoding === 'utf-8')
    return { encoding, isLossy: false, decode: withoutMark(), end: nothing }
  return {
    encoding: decoder.encoding,
    isLossy: !hasAllBytes(encoding),
    decode: (chunk) => Buffer.from(decoder.decode(chunk, { stream: true }), 'utf8'),
    end: () => Buffer.from(decoder.decode(), 'utf8'),
  }
}

/** True if every byte is a character, so that there is nothing that can't be decoded. */
function hasAllBytes(encoding: string): boolean {
  const text = new TextDecoder(encoding).decode(Uint8Array.from({ length: 256 }, (_, byte) => byte))
  return text.length === 256 && !text.includes('\uFFFD')
}

const nothing = (): Uint8Array => Buffer.alloc(0)

/** Drops the byte order mark; the first chunk is long enough to hold it. */
function withoutMark(): (chunk: Uint8Array) => Uint8Array {
  let isFirst = true
  return (chunk) => {
    const hasMark = isFirst && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf
    isFirst = false
    return hasMark ? chunk.subarray(3) : chunk
  }
}

function countNul(bytes: Uint8Array, from: number): number {
  let count = 0
  for (let index = from; index < bytes.length; index += 2) if (bytes[index] === 0) count++
  return count
}

function lastAscii(bytes: Uint8Array): number {
  let index = bytes.length - 1
  while (index >= 0 && (bytes[index] as number) >= 0x80) index--
  return index
}

/** True if some character beyond ASCII is written as UTF-8 has it. */
function hasUtf8Sequence(bytes: Uint8Array): boolean {
  for (let index = 0; index + 1 < bytes.length; index++) {
    const lead = bytes[index] as number
    if (lead < 0xc2 || lead > 0xf4) continue
    const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
    if (index + length <= bytes.length && isUtf8(bytes.subarray(index, index + length))) return true
  }
  return false
}
