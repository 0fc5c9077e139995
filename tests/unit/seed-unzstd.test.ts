/** Zstandard as files of it are: of several frames, cut off, damaged. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { unzstd } from '../../src/seed/compression/unzstd.js'
import { chunksOf, readAll } from './seed-unpacking.js'

const fixture = (name: string): Buffer =>
  readFileSync(join(import.meta.dirname, '..', 'fixtures', 'zstd', name))

const text = Array.from(
  { length: 10_000 },
  (_, n) => `{"id":${n},"name":"${(n * 7919) % 104729}"}\n`,
).join('')
const BLOCK = 128 * 1024
const packed = fixture('level-3.zst')
const unchecked = fixture('level-19-no-check.zst')

/** Where the frame of a file whose size was known says how long its contents are. */
const CONTENT_SIZE_AT = 5

const skippable = (content: string): Buffer => {
  const head = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 0, 0, 0, 0])
  head.writeUInt32LE(content.length, 4)
  return Buffer.concat([head, Buffer.from(content)])
}

const read = (bytes: Uint8Array, chunkSize = 4096) => readAll(unzstd(chunksOf(bytes, chunkSize)))

describe('what is whole', () => {
  test.each([1, 7, 4096, 1 << 20])('comes out whole, in chunks of %i bytes', async (size) => {
    expect(await read(packed, size)).toEqual({ data: text, damage: null })
    expect(await read(unchecked, size)).toEqual({ data: text, damage: null })
  })

  test('frames follow one another, with skippable ones anywhere', async () => {
    const parts = [
      skippable('index'),
      packed,
      skippable(''),
      unchecked,
      skippable('x'.repeat(9000)),
    ]
    expect(await read(Buffer.concat(parts))).toEqual({
      data: text + text,
      damage: null,
    })
    expect(await read(skippable('alone'))).toEqual({ data: '', damage: null })
  })

  test('no more than a block is held back', async () => {
    const contents = unzstd(chunksOf(packed, 4096))
    const { value } = await contents.next()
    expect(Buffer.from(value ?? '').toString('latin1')).toBe(text.slice(0, BLOCK))
    expect((await contents.return(null)).done).toBe(true)
  })
})

describe('what is damaged', () => {
  test('cut anywhere: what stands before comes out, and that something is missing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: packed.length - 1 }), async (length) => {
        const { data, damage } = await read(packed.subarray(0, length))
        expect(damage).toBe('unexpected end of file')
        expect(text.startsWith(data)).toBe(true)
      }),
      { numRuns: 60 },
    )
    const { data } = await read(packed.subarray(0, packed.length - 5))
    expect(data).toBe(text.slice(0, 2 * BLOCK))
    expect((await read(packed.subarray(0, packed.length - 1))).data).toBe(text)
  })

  test('a skippable frame that is cut', async () => {
    const cut = skippable('index').subarray(0, 10)
    expect(await read(Buffer.concat([packed, cut]))).toEqual({
      data: text,
      damage: 'unexpected end of file',
    })
  })

  test('no flipped bit goes unnoticed, but for those that mean nothing', async () => {
    const bits = fc.tuple(fc.nat(packed.length - 1), fc.nat(7))
    await fc.assert(
      fc.asyncProperty(bits, async ([at, bit]) => {
        const damaged = Buffer.from(packed)
        damaged[at] = (damaged[at] ?? 0) ^ (1 << bit)
        const { data, damage } = await read(damaged)
        expect(damage !== null || data === text).toBe(true)
      }),
      { numRuns: 150 },
    )
  })

  test('a wrong checksum gives all that was compressed, and says so', async () => {
    const damaged = Buffer.from(packed)
    damaged[packed.length - 1] = (damaged[packed.length - 1] ?? 0) ^ 1
    expect(await read(damaged)).toEqual({ data: text, damage: 'the checksum does not match' })
  })

  test('without a checksum a wrong length is noticed', async () => {
    const damaged = Buffer.from(unchecked)
    damaged.writeUInt32LE(text.length + 1, CONTENT_SIZE_AT)
    expect(await read(damaged)).toEqual({
      data: text,
      damage: `a frame has ${text.length} bytes and should have ${text.length + 1}`,
    })
  })

  test('after a frame something that is none', async () => {
    expect(await read(Buffer.concat([packed, Buffer.from('{"id":1}\n')]))).toEqual({
      data: text,
      damage: 'no frame starts where one should',
    })
  })

  test.each([
    ['a window of a gigabyte', [0x00, 0xa0], /^it takes a window of 1024 MiB/],
    ['a dictionary', [0x01, 0x58, 0x07], /^it was compressed with a dictionary \(number 7\)$/],
    ['a block of 200,000 bytes', [0x00, 0x58, 0x00, 0x6a, 0x18], /^a block is larger/],
    ['a block of no kind', [0x00, 0x58, 0x0f, 0x00, 0x00, 0x00], /block type/],
  ])('%s is refused', async (_what, rest, message) => {
    const { data, damage } = await read(Buffer.from([0x28, 0xb5, 0x2f, 0xfd, ...rest]))
    expect(data).toBe('')
    expect(damage).toMatch(message)
  })
})
