/** Gzip as files of it are: of several members, padded, cut off, damaged anywhere. */
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gunzip } from '../../src/seed/compression/gunzip.js'
import { chunksOf, readAll } from './seed-unpacking.js'

const few = '{"id":1}\n{"id":2}\n'
const many = Array.from({ length: 8000 }, (_, n) => `{"id":${(n * 7919) % 104729}}\n`).join('')

const read = (bytes: Uint8Array, chunkSize = 4096) =>
  readAll(gunzip(() => chunksOf(bytes, chunkSize)))

describe('what is whole', () => {
  test.each([1, 7, 4096, 1 << 20])('comes out whole, in chunks of %i bytes', async (size) => {
    const members = Buffer.concat([gzipSync(few), gzipSync(many), gzipSync(few)])
    expect(await read(members, size)).toEqual({ data: few + many + few, damage: null })
  })

  test.each([1, 100_000])('may be followed by %i zero bytes', async (padding) => {
    expect(await read(Buffer.concat([gzipSync(few), Buffer.alloc(padding)]))).toEqual({
      data: few,
      damage: null,
    })
  })
})

describe.each([
  ['a few bytes', few],
  ['many', many],
])('damage to %s', (_, text) => {
  const packed = gzipSync(text)

  test('what comes after the end costs nothing of what is before it', async () => {
    for (const junk of [Buffer.from('junk'), Buffer.alloc(40_000, 'x')])
      expect(await read(Buffer.concat([packed, junk]))).toEqual({
        data: text,
        damage: 'incorrect header check',
      })
  })

  test('what comes after zero bytes is said', async () => {
    for (const padding of [1, 40_000]) {
      const { data, damage } = await read(
        Buffer.concat([packed, Buffer.alloc(padding), gzipSync(few)]),
      )
      expect({ data, damage }).toEqual({
        data: text,
        damage: 'something follows the zero bytes after its end',
      })
    }
  })

  test('a wrong checksum costs nothing', async () => {
    const wrong = Buffer.from(packed)
    wrong.writeUInt32LE(1, packed.length - 8)
    expect(await read(wrong)).toEqual({ data: text, damage: 'incorrect data check' })
    expect(await read(Buffer.concat([packed, wrong]))).toEqual({
      data: text + text,
      damage: 'incorrect data check',
    })
  })
})

test('a flipped bit: what stands before it comes out, and the rest is said to be missing', async () => {
  const packed = gzipSync(many)
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 10, max: packed.length - 1 }),
      fc.nat(7),
      fc.constantFrom(512, 4096, 1 << 20),
      async (index, bit, size) => {
        const flipped = Buffer.from(packed)
        flipped[index] = (flipped[index] as number) ^ (1 << bit)
        const { data, damage } = await read(flipped, size)
        const { data: before } = await read(packed.subarray(0, index))
        expect(damage).not.toBeNull()
        expect(data.slice(0, before.length)).toBe(before)
      },
    ),
    { numRuns: 15 },
  )
})
