import { isUtf8 } from 'node:buffer'
import { CopyBuffer } from '../copy-buffer.js'
import type { ByteStrings } from './delta.js'
import { writeAscii } from './number-text.js'
import type { Texts } from './texts.js'

/**
 * Byte strings as texts. All are looked at together, and one by one only if something is wrong somewhere.
 * @param isText the file calls them text: what is none is bad. Else it is shown in hexadecimal, like a bytea.
 */
export function checkTexts(strings: ByteStrings, isText: boolean): Texts {
  const { bytes, start, end } = strings
  if (areTexts(strings)) return { ...strings, bad: null }
  const bad = new Uint8Array(start.length)
  const isGood = (index: number): boolean => isStorable(bytes.subarray(start[index], end[index]))
  if (isText) {
    for (let index = 0; index < start.length; index++) if (!isGood(index)) bad[index] = 1
    return { ...strings, bad }
  }
  const out = new CopyBuffer()
  const newStart = new Int32Array(start.length)
  const newEnd = new Int32Array(start.length)
  for (let index = 0; index < start.length; index++) {
    const from = start[index] as number
    const to = end[index] as number
    newStart[index] = out.at
    if (isGood(index)) {
      out.reserve(to - from)
      out.raw(bytes, from, to)
    } else writeAscii(out, `\\x${bytes.toString('hex', from, to)}`)
    newEnd[index] = out.at
  }
  return { bytes: out.take(), start: newStart, end: newEnd, bad: null }
}

/** Whether every string is text: all together are, and none begins in the middle of a character. */
function areTexts({ bytes, start, end }: ByteStrings): boolean {
  const count = start.length
  if (count === 0) return true
  if (!isStorable(bytes.subarray(start[0], end[count - 1]))) return false
  for (let index = 0; index < count; index++) {
    const from = start[index] as number
    if (from < (end[index] as number) && ((bytes[from] as number) & 0xc0) === 0x80) return false
  }
  return true
}

/** UTF-8 without a NUL. */
function isStorable(bytes: Buffer): boolean {
  return isUtf8(bytes) && !bytes.includes(0)
}
