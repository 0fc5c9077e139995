/** Numbers as text, written into a buffer without a string between, since a column has millions. */
import type { CopyBuffer } from '../copy-buffer.js'

const ZERO = 0x30
const MINUS = 0x2d
const POINT = 0x2e

/** Whole numbers from here on are not exact. */
const UNSAFE = 2 ** 53

/** Writes a whole number from 0 to 2^53, with leading zeros up to `width` digits. The caller has reserved. */
export function writeDigits(out: CopyBuffer, value: number, width = 1): void {
  const bytes = out.bytes
  let length = width
  for (let bound = 10 ** width; value >= bound; bound *= 10) length++
  let rest = value
  let at = out.at + length
  out.at = at
  while (rest >= 0x8000_0000) {
    const next = Math.floor(rest / 10)
    bytes[--at] = ZERO + (rest - next * 10)
    rest = next
    length--
  }
  for (; length > 0; length--) {
    const next = (rest / 10) | 0
    bytes[--at] = ZERO + (rest - next * 10)
    rest = next
  }
}

/** Writes a whole number between -2^53 and 2^53. The caller has reserved. */
export function writeInteger(out: CopyBuffer, value: number): void {
  if (value < 0) out.bytes[out.at++] = MINUS
  writeDigits(out, Math.abs(value))
}

/** Writes text of ASCII characters. */
export function writeAscii(out: CopyBuffer, text: string): void {
  out.reserve(text.length)
  for (let index = 0; index < text.length; index++) out.bytes[out.at++] = text.charCodeAt(index)
}

/** A 64-bit number, signed, as a number if that is exact, else null. */
export function safeInt64(view: DataView, at: number): number | null {
  const value = view.getInt32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true)
  return Math.abs(value) < UNSAFE ? value : null
}

/** Writes a decimal: a whole number and how many of its digits are behind the point. */
export function writeDecimal(out: CopyBuffer, unscaled: number | bigint, scale: number): void {
  if (scale <= 0) {
    writeAscii(out, `${unscaled}${'0'.repeat(unscaled == 0 ? 0 : -scale)}`)
    return
  }
  const text = String(unscaled)
  const digits = (text.startsWith('-') ? text.slice(1) : text).padStart(scale + 1, '0')
  const point = digits.length - scale
  out.reserve(digits.length + 2)
  if (text.startsWith('-')) out.bytes[out.at++] = MINUS
  writeAscii(out, digits.slice(0, point))
  out.reserve(scale + 1)
  out.bytes[out.at++] = POINT
  writeAscii(out, digits.slice(point))
}

/** A whole number of any length, big end first, in two's complement. */
export function bigEndian(view: DataView, at: number, length: number): bigint {
  if (length === 0) return 0n
  let value = BigInt(view.getInt8(at))
  for (let index = at + 1; index < at + length; index++)
    value = (value << 8n) | BigInt(view.getUint8(index))
  return value
}

/** The shortest text that reads back as the same number of half the precision (32 bits, 24 of them digits). */
export function float32Text(value: number): string {
  for (let precision = 1; precision < 9; precision++) {
    const short = Number(value.toPrecision(precision))
    if (Math.fround(short) === value) return doubleText(short)
  }
  return doubleText(Number(value.toPrecision(9)))
}

/** The shortest text that reads back as the same number. */
export function doubleText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}

/** A number of 16 bits: exact as a number of 64. */
export function float16(bits: number): number {
  const sign = bits >> 15 === 0 ? 1 : -1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** The shortest text that reads back as the same number of 16 bits. */
export function float16Text(value: number): string {
  if (!Number.isFinite(value) || value === 0) return doubleText(value)
  // Half the distance to the next number of 16 bits: what is nearer reads back as this one.
  const exponent = Math.max(-14, Math.floor(Math.log2(Math.abs(value))))
  const half = 2 ** (exponent - 11)
  for (let precision = 1; precision < 5; precision++) {
    const short = Number(value.toPrecision(precision))
    if (Math.abs(short - value) < half) return doubleText(short)
  }
  return doubleText(Number(value.toPrecision(5)))
}
