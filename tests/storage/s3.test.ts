/** Files in a bucket, read from a real server. */
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { S3Client, type Patience } from '../../src/seed/storage/s3/client.js'
import { S3Prefix } from '../../src/seed/storage/s3/root.js'
import { readS3Settings } from '../../src/seed/storage/s3/settings.js'
import { FileChanged, StorageError, type FoundFile } from '../../src/seed/storage/types.js'
import { TestBucket, type Fault } from '../support/bucket.js'

let bucket: TestBucket
beforeEach(async () => {
  bucket = await TestBucket.open()
})
afterEach(async () => {
  await bucket[Symbol.asyncDispose]()
})

const open = (
  location = 's3://data',
  env = bucket.env,
  patience: Partial<Patience> = { attempts: 3, pauseMs: 1 },
): S3Prefix => new S3Prefix(new S3Client(readS3Settings(location, env), patience))

const paths = (files: readonly FoundFile[]): readonly string[] =>
  files.map(({ path }) => path).sort()

async function only(root: S3Prefix, path: string): Promise<FoundFile> {
  const [file, ...others] = await root.find([path])
  if (file === undefined || others.length > 0) throw new Error(`${path} is not one file`)
  return file
}

/** The contents by `stream`. */
async function contents(root: S3Prefix, file: FoundFile, from = 0): Promise<Buffer> {
  await using stored = await root.open(file)
  const blocks: Buffer[] = []
  for await (const block of stored.stream(from)) blocks.push(Buffer.from(block))
  return Buffer.concat(blocks)
}

/** Some megabytes in which every place is another. */
const LARGE = Buffer.from(Array.from({ length: 300_000 }, (_, n) => `line ${n}\n`).join(''))

/** What was asked for of objects: the ranges, empty for the whole. */
const ranges = (): readonly string[] =>
  bucket.requests
    .filter((request) => request.startsWith('GET') && !request.includes('list-type'))
    .map((request) => request.split(' ')[2] ?? '')

describe('finding', () => {
  test('more objects than a page has, each once, under the prefixes of the patterns alone', async () => {
    const many = Array.from({ length: 1005 }, (_, n) => [`in/logs/2025-${n}.json`, '{}'] as const)
    await bucket.put(Object.fromEntries(many))
    await bucket.put({
      'in/logs/2024-1.json': '{}',
      'in/other.json': '{}',
      'out/2025-1.json': '{}',
    })
    const found = await open('s3://data/in').find(['logs/2025-*.json', 'logs/2025-1*.json'])
    expect(paths(found)).toEqual(many.map(([key]) => key.slice('in/'.length)).sort())
    const lists = bucket.requests.map((request) => new URL(request.slice(4), bucket.endpoint))
    expect(lists.map((url) => url.searchParams.get('prefix'))).toEqual([
      'in/logs/2025-',
      'in/logs/2025-',
    ])
    expect(lists.map((url) => url.searchParams.has('continuation-token'))).toEqual([false, true])
  })

  test('hidden files and what stands for folders are left out', async () => {
    await bucket.put({
      'a/b.json': '{}',
      'a/.b.json': '{}',
      '.c/d.json': '{}',
      'a/deep/e.json': '',
    })
    expect(paths(await open().find(['**/*.json', '**']))).toEqual(['a/b.json', 'a/deep/e.json'])
    expect(paths(await open('s3://data/nothing').find(['**']))).toEqual([])
  })

  test('keys of any characters are found, described and read', async () => {
    const keys = ['a b+c', '100%', '%41', 'ü€🙂', "q?*'()!#&=;:@$,~", '<&>"', '[x]{y}', 'tail ']
    await bucket.put(Object.fromEntries(keys.map((key) => [`d/ +%ü/${key}`, `of ${key}`])))
    const root = open('s3://data/d/ +%ü')
    const found = await root.find(['*'])
    expect(paths(found)).toEqual([...keys].sort())
    for (const file of found) {
      expect(await root.describe(file.path)).toEqual(file)
      expect((await contents(root, file)).toString()).toBe(`of ${file.path}`)
    }
  })

  test('the signature is the same until the object is written again', async () => {
    await bucket.put({ 'a.json': '{"id":1}' })
    const root = open()
    const file = await only(root, 'a.json')
    expect(await root.describe('a.json')).toEqual(file)
    await bucket.put({ 'a.json': '{"id":2}' })
    expect((await only(root, 'a.json')).signature).not.toBe(file.signature)
    await bucket.delete('a.json')
    expect(await root.describe('a.json')).toBeNull()
  })
})

describe('reading', () => {
  test('an object in blocks, from anywhere, and parts of it', async () => {
    await bucket.put({ large: LARGE, empty: '' })
    const root = open()
    const file = await only(root, 'large')
    expect((await contents(root, file)).equals(LARGE)).toBe(true)
    expect((await contents(root, file, 1_000_001)).equals(LARGE.subarray(1_000_001))).toBe(true)
    expect(await contents(root, await only(root, 'empty'))).toHaveLength(0)
    await using stored = await root.open(file)
    expect(stored.byteLength).toBe(LARGE.length)
    expect(Buffer.from(await stored.read(70_000, 20)).equals(LARGE.subarray(70_000, 70_020))).toBe(
      true,
    )
    expect(Buffer.from(await stored.read(LARGE.length - 5, 20)).toString()).toBe(
      LARGE.subarray(-5).toString(),
    )
    expect(await stored.read(LARGE.length, 20)).toHaveLength(0)
  })

  test('what was stored as compressed comes as it was stored', async () => {
    const packed = gzipSync('{"id":1}\n')
    await bucket.put({ 'a.json.gz': packed }, { 'content-encoding': 'gzip' })
    const root = open()
    expect((await contents(root, await only(root, 'a.json.gz'))).equals(packed)).toBe(true)
  })

  test('a connection that is cut is gone on from where it ended', async () => {
    await bucket.put({ large: LARGE })
    const root = open()
    const file = await only(root, 'large')
    bucket.faults.push({ afterBytes: 1_000_000, then: 'cut' }, { afterBytes: 500_000, then: 'cut' })
    expect((await contents(root, file)).equals(LARGE)).toBe(true)
    // What got through before is not asked for again.
    expect(ranges()).toEqual([
      '',
      `bytes=1000000-${LARGE.length - 1}`,
      `bytes=1500000-${LARGE.length - 1}`,
    ])
  })

  test('a connection on which nothing comes any more is left for another', async () => {
    await bucket.put({ large: LARGE })
    const root = open('s3://data', bucket.env, { silenceMs: 1000 })
    const file = await only(root, 'large')
    bucket.faults.push({ afterBytes: 1_000_000, then: 'silence' })
    expect((await contents(root, file)).equals(LARGE)).toBe(true)
    expect(ranges()).toHaveLength(2)
  })

  test('a part that breaks off is completed', async () => {
    await bucket.put({ large: LARGE })
    const root = open()
    await using stored = await root.open(await only(root, 'large'))
    bucket.faults.push({ afterBytes: 10, then: 'cut' })
    expect(Buffer.from(await stored.read(100, 50)).equals(LARGE.subarray(100, 150))).toBe(true)
    expect(ranges()).toEqual(['bytes=100-149', 'bytes=110-149'])
  })

  test('a connection that never yields anything is given up', async () => {
    await bucket.put({ large: LARGE })
    const root = open()
    const file = await only(root, 'large')
    const fault: Fault = { afterBytes: 0, then: 'cut' }
    bucket.faults.push(fault, fault, fault, fault)
    const error: unknown = await contents(root, file).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(StorageError)
    expect(ranges()).toHaveLength(3)
  })

  test('a signal ends a wait', async () => {
    await bucket.put({ large: LARGE })
    const root = open()
    const file = await only(root, 'large')
    const abort = new AbortController()
    const meanwhile = (): Promise<void> => {
      abort.abort()
      return Promise.resolve()
    }
    bucket.faults.push({ afterBytes: 100, then: 'silence', meanwhile })
    await using stored = await root.open(file, abort.signal)
    await expect(stored.read(0, 1000)).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('an object that changes', () => {
  test.each([true, false])(
    'is noticed when reading goes on, also where If-Match is not heeded (%s)',
    async (heedsIfMatch) => {
      bucket.heedsIfMatch = heedsIfMatch
      await bucket.put({ large: LARGE })
      const root = open()
      const file = await only(root, 'large')
      const changed = Buffer.from(LARGE.toString().replaceAll('line', 'LINE'))
      const meanwhile = (): Promise<void> => bucket.put({ large: changed })
      bucket.faults.push({ afterBytes: 1_000_000, then: 'cut', meanwhile })
      await expect(contents(root, file)).rejects.toBeInstanceOf(FileChanged)
    },
  )

  test('is noticed before anything is read, and when it has become shorter', async () => {
    await bucket.put({ large: LARGE })
    const root = open()
    const file = await only(root, 'large')
    await bucket.put({ large: 'short' })
    await expect(contents(root, file)).rejects.toBeInstanceOf(FileChanged)
    await expect(contents(root, file, 1_000_000)).rejects.toBeInstanceOf(FileChanged)
  })

  test('is noticed when it is deleted', async () => {
    await bucket.put({ large: LARGE })
    const root = open()
    const file = await only(root, 'large')
    const meanwhile = (): Promise<void> => bucket.delete('large')
    bucket.faults.push({ afterBytes: 1_000_000, then: 'cut', meanwhile })
    await expect(contents(root, file)).rejects.toBeInstanceOf(FileChanged)
  })
})

describe('what can be wrong', () => {
  const failure = async (root: S3Prefix): Promise<unknown> =>
    root.find(['**']).catch((error: unknown) => error)

  test('no such bucket', async () => {
    expect(await failure(open('s3://other'))).toMatchObject({
      message: 'there is no bucket other',
      hint: 'Check the name in --data, and AWS_ENDPOINT_URL_S3 if it is not on AWS.',
    })
  })

  test('credentials that are not accepted, which are not repeated', async () => {
    const secret = { ...bucket.env, AWS_SECRET_ACCESS_KEY: 'not-the-secret' }
    const unknown = { ...bucket.env, AWS_ACCESS_KEY_ID: 'SOMEBODY' }
    for (const [env, code] of [
      [secret, 'SignatureDoesNotMatch'],
      [unknown, 'InvalidAccessKeyId'],
    ] as const) {
      const error = await failure(open('s3://data', env))
      expect(error).toBeInstanceOf(StorageError)
      expect(String(error)).toBe(
        `StorageError: the storage of the bucket data does not accept the credentials (${code})`,
      )
    }
  })

  test('a server that is not there', async () => {
    const env = { ...bucket.env, AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' }
    expect(await failure(open('s3://data', env))).toMatchObject({
      message: 'cannot reach 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1',
    })
  })

  test('a failure that may pass is tried again, and no more often than that', async () => {
    bucket.refusal = { status: 503, body: '<Error><Code>SlowDown</Code></Error>' }
    expect(await failure(open())).toMatchObject({
      message: 'the storage of the bucket data answers with HTTP 503 (SlowDown)',
      hint: 'Try again later.',
    })
    expect(bucket.requests).toHaveLength(3)
  })

  test('a server that speaks something else', async () => {
    bucket.refusal = { status: 200, body: '<html>Welcome!</html>' }
    expect(await failure(open())).toMatchObject({
      message: `${new URL(bucket.endpoint).host} does not answer as an S3 storage does`,
    })
  })
})
