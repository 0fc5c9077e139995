import http from 'node:http'
import https from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'
import { AwsV4Signer } from 'aws4fetch'
import { StorageError } from '../types.js'
import { isTransient, refusalError, unreachableError, type Refusal } from './problem.js'
import type { S3Settings } from './settings.js'

/** How patient the client is; tests are less so. */
export interface Patience {
  /** How often something is tried that yields nothing. */
  readonly attempts: number
  /** Before the second attempt, in milliseconds; each later pause is twice as long. */
  readonly pauseMs: number
  /** How long a connection may say nothing before it is given up, in milliseconds. */
  readonly silenceMs: number
}

const PATIENCE: Patience = { attempts: 6, pauseMs: 200, silenceMs: 60_000 }

/** One request for the bucket. */
export interface S3Request {
  readonly method: 'GET' | 'HEAD'
  /** Of an object; null for the bucket itself. */
  readonly key: string | null
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  /** What is an answer, besides 200. Any other ends in an error. */
  readonly accepted?: readonly number[]
}

/**
 * Sends signed requests. It does so with Node's own http, not with `fetch`, which would decompress what was
 * stored with a `Content-Encoding`.
 */
export class S3Client {
  readonly settings: S3Settings
  readonly patience: Patience

  constructor(settings: S3Settings, patience: Partial<Patience> = {}) {
    this.settings = settings
    this.patience = { ...PATIENCE, ...patience }
  }

  /**
   * Sends a request, again if the failure may pass.
   * @returns an answer whose body has not been read: read it or destroy it
   * @throws StorageError, or the signal's reason
   */
  async send(request: S3Request, signal?: AbortSignal): Promise<http.IncomingMessage> {
    for (let attempt = 1; ; attempt++) {
      let failure: StorageError
      try {
        const response = await this.#sendOnce(request, signal)
        if (response.statusCode === 200 || request.accepted?.includes(response.statusCode ?? 0))
          return response
        const refusal = await readRefusal(response)
        failure = refusalError(refusal, this.settings)
        if (!isTransient(refusal)) throw failure
      } catch (error) {
        signal?.throwIfAborted()
        if (error instanceof StorageError) throw error
        failure = this.unreachable(error)
      }
      await this.pauseAfter(attempt, failure, signal)
    }
  }

  /**
   * Waits before another attempt.
   * @throws the failure if there were enough of them
   */
  async pauseAfter(attempt: number, failure: StorageError, signal?: AbortSignal): Promise<void> {
    if (attempt >= this.patience.attempts) throw failure
    // Somewhere in the second half, so that many that failed together do not come back together.
    const longest = this.patience.pauseMs * 2 ** (attempt - 1)
    await delay(longest * (0.5 + Math.random() / 2), undefined, signal && { signal })
  }

  /** What to say of a connection that failed. */
  unreachable(error: unknown): StorageError {
    return unreachableError(error, this.settings)
  }

  async #sendOnce(request: S3Request, signal?: AbortSignal): Promise<http.IncomingMessage> {
    const query = Object.entries(request.query ?? {}).map((pair) => pair.map(encode).join('='))
    const path = encode(request.key ?? '').replaceAll('%2F', '/')
    const signer = new AwsV4Signer({
      method: request.method,
      url: `${this.settings.bucketUrl}/${path}${query.length === 0 ? '' : `?${query.join('&')}`}`,
      headers: { ...request.headers },
      service: 's3',
      region: this.settings.region,
      ...this.settings.credentials,
    })
    const signed = await signer.sign()
    return new Promise((resolve, reject) => {
      const { silenceMs } = this.patience
      const options: https.RequestOptions = {
        method: request.method,
        headers: Object.fromEntries(signed.headers.entries()),
        timeout: silenceMs,
        ...(signal === undefined ? {} : { signal }),
      }
      const sent = (signed.url.protocol === 'http:' ? http : https).request(signed.url, options)
      sent.on('timeout', () => {
        sent.destroy(new Error(`nothing came for ${silenceMs / 1000} s`))
      })
      sent.on('error', reject)
      sent.on('response', resolve)
      sent.end()
    })
  }
}

/** As the signature wants it: all is escaped but letters, digits and `-._~`. */
function encode(text: string): string {
  const escape = (char: string): string => `%${char.charCodeAt(0).toString(16).toUpperCase()}`
  return encodeURIComponent(text).replace(/[!'()*]/g, escape)
}

/** The text of an answer; it is short, or one page of a list. */
export async function readText(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

async function readRefusal(response: http.IncomingMessage): Promise<Refusal> {
  const region = response.headers['x-amz-bucket-region']
  return {
    status: response.statusCode ?? 0,
    body: await readText(response),
    bucketRegion: typeof region === 'string' ? region : null,
  }
}
