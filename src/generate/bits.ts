/**
 * Scrambles 32 bits without collisions: different numbers give different numbers. Ids made with it
 * look random, are unique, and need no memory.
 */
export function scramble(value: number): number {
  let bits = value | 0
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}

/** The lowest bits of a number as a fixed count of hexadecimal digits. */
export function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0').slice(-digits)
}

/** The numbers from 0 to 65535 as four hexadecimal digits each. */
const fourDigits = Array.from({ length: 0x1_0000 }, (_, value) => hex(value, 4))

/** 32 bits as eight hexadecimal digits; much faster than `hex`. */
export function hexWord(word: number): string {
  return (fourDigits[word >>> 16] ?? '') + (fourDigits[word & 0xffff] ?? '')
}

/** Room for a bit for each of so many numbers, none of them set. */
export function bitSet(size: number): Uint8Array {
  return new Uint8Array(Math.ceil(size / 8))
}

/** Sets the bit of a number. */
export function setBit(bits: Uint8Array, number: number): void {
  bits[number >> 3] = (bits[number >> 3] ?? 0) | (1 << (number & 7))
}

/** How many bits are set. */
export function countBits(bits: Uint8Array): number {
  let count = 0
  for (let byte of bits) for (; byte !== 0; byte &= byte - 1) count += 1
  return count
}
