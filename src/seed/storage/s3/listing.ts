import { StorageError } from '../types.js'
import { readText, type S3Client } from './client.js'
import { Xml } from './xml.js'

/** An object as a list or its own headers describe it. */
export interface ObjectFacts {
  readonly key: string
  readonly size: number
  /** Without quotes. */
  readonly etag: string
  /** In milliseconds since 1970, whole seconds: all that headers have. */
  readonly modifiedMs: number
}

/**
 * The objects under a prefix, a page of at most 1,000 at a time.
 * @param pageSize how many at most in a page
 * @throws StorageError
 */
export async function* listObjects(
  client: S3Client,
  prefix: string,
  pageSize = 1000,
): AsyncGenerator<readonly ObjectFacts[]> {
  let token: string | null = null
  do {
    const page = await readPage(client, prefix, pageSize, token)
    yield page.objects
    token = page.nextToken
  } while (token !== null)
}

async function readPage(
  client: S3Client,
  prefix: string,
  pageSize: number,
  token: string | null,
): Promise<{ readonly objects: readonly ObjectFacts[]; readonly nextToken: string | null }> {
  const text = await sendForText(client, {
    'list-type': '2',
    // Keys may have characters that XML can't.
    'encoding-type': 'url',
    'max-keys': String(pageSize),
    prefix,
    ...(token === null ? {} : { 'continuation-token': token }),
  })
  const result = Xml.parse(text)
  if (result?.name !== 'ListBucketResult') {
    throw new StorageError(
      `${new URL(client.settings.bucketUrl).host} does not answer as an S3 storage does`,
      'Check AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL.',
    )
  }
  // Not every server does what it is asked here; it says if it has.
  const decode =
    result.text('EncodingType') === 'url'
      ? (key: string) => decodeURIComponent(key.replaceAll('+', ' '))
      : (key: string) => key
  const objects = result.all('Contents').map((item) => ({
    key: decode(item.text('Key') ?? ''),
    size: Number(item.text('Size')),
    etag: bareEtag(item.text('ETag') ?? ''),
    modifiedMs: wholeSeconds(item.text('LastModified') ?? ''),
  }))
  const isTruncated = result.text('IsTruncated') === 'true'
  return { objects, nextToken: isTruncated ? result.text('NextContinuationToken') : null }
}

/** A list that breaks off is asked for again, as a whole: it is short. */
async function sendForText(
  client: S3Client,
  query: Readonly<Record<string, string>>,
): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const response = await client.send({ method: 'GET', key: null, query })
    try {
      return await readText(response)
    } catch (error) {
      await client.pauseAfter(attempt, client.unreachable(error))
    }
  }
}

/**
 * What is known of one object.
 * @returns null if there is none of this key
 * @throws StorageError
 */
export async function describeObject(client: S3Client, key: string): Promise<ObjectFacts | null> {
  const response = await client.send({ method: 'HEAD', key, accepted: [404] })
  response.resume()
  if (response.statusCode === 404) return null
  return {
    key,
    size: Number(response.headers['content-length']),
    etag: bareEtag(response.headers.etag ?? ''),
    modifiedMs: wholeSeconds(response.headers['last-modified'] ?? ''),
  }
}

/** An ETag without quotes, and without the mark that proxies give one if they have compressed the answer. */
export const bareEtag = (etag: string): string => etag.replace(/^W\//, '').replaceAll('"', '')

const wholeSeconds = (date: string): number => Math.floor(Date.parse(date) / 1000) * 1000
