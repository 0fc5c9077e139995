/**
 * A bucket on an S3 server of its own, behind a proxy that can do what networks do to long downloads.
 */
import crypto from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AwsClient } from 'aws4fetch'
import S3rver from 's3rver'
import { isSignedWith } from './aws-signature.js'
import type { Env } from './project.js'

// The server makes its page tokens with DES, which Node's OpenSSL has not any more: it is triple DES of one key.
type Create = (algorithm: string, key: Buffer, iv: Buffer) => unknown
const ciphers = crypto as unknown as Record<'createCipheriv' | 'createDecipheriv', Create>
for (const name of ['createCipheriv', 'createDecipheriv'] as const) {
  const create = ciphers[name]
  ciphers[name] = (algorithm, key, iv) =>
    algorithm === 'des'
      ? create('des-ede3-cbc', Buffer.concat([key, key, key]), iv)
      : create(algorithm, key, iv)
}

const SECRET = 'S3RVER'

/** What becomes of the next answer that has an object's contents. */
export interface Fault {
  /** How many bytes of the contents get through. */
  readonly afterBytes: number
  /** Then the connection is cut, or nothing more comes. */
  readonly then: 'cut' | 'silence'
  /** Done before. */
  readonly meanwhile?: () => Promise<void>
}

const MISMATCH = { status: 403, body: '<Error><Code>SignatureDoesNotMatch</Code></Error>' }

/** The bucket `data`. */
export class TestBucket implements AsyncDisposable {
  /** Used up from the first on. */
  readonly faults: Fault[] = []
  /** The requests so far: method, path with query, and range if there was one. */
  readonly requests: string[] = []
  /** Says 412 where If-Match does not hold, as Amazon does and the server behind does not. */
  heedsIfMatch = true
  /** Answers instead of the server, while it is set. */
  refusal: { readonly status: number; readonly body: string } | null = null
  readonly endpoint: string
  readonly #server: S3rver
  readonly #upstream: AddressInfo
  readonly #proxy: http.Server
  readonly #folder: string

  private constructor(server: S3rver, upstream: AddressInfo, proxy: http.Server, folder: string) {
    this.#server = server
    this.#upstream = upstream
    this.#proxy = proxy
    this.#folder = folder
    this.endpoint = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    proxy.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
      this.#relay(request, response)
    })
  }

  static async open(): Promise<TestBucket> {
    const folder = await mkdtemp(join(tmpdir(), 'dataform-s3-'))
    const server = new S3rver({
      address: '127.0.0.1',
      port: 0,
      silent: true,
      directory: folder,
      configureBuckets: [{ name: 'data' }],
    })
    const upstream = await server.run()
    const proxy = http.createServer()
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    return new TestBucket(server, upstream, proxy, folder)
  }

  /** The variables that lead to it. */
  get env(): Env {
    return {
      AWS_ACCESS_KEY_ID: 'S3RVER',
      AWS_SECRET_ACCESS_KEY: SECRET,
      AWS_ENDPOINT_URL_S3: this.endpoint,
    }
  }

  /** Writes objects, some at a time. */
  async put(
    objects: Readonly<Record<string, string | Uint8Array>>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const left = Object.entries(objects)
    const work = async (): Promise<void> => {
      for (let next = left.pop(); next !== undefined; next = left.pop()) {
        const [key, body] = next
        await this.#send('PUT', key, { body, headers })
      }
    }
    await Promise.all(Array.from({ length: 8 }, work))
  }

  async delete(key: string): Promise<void> {
    await this.#send('DELETE', key, {})
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#proxy.closeAllConnections()
    await new Promise((resolve) => this.#proxy.close(resolve))
    await this.#server.close()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #send(method: string, key: string, init: RequestInit): Promise<void> {
    const client = new AwsClient({
      accessKeyId: 'S3RVER',
      secretAccessKey: SECRET,
      service: 's3',
      region: 'us-east-1',
      retries: 0,
    })
    const path = key.split('/').map(encodeURIComponent).join('/')
    const url = `http://127.0.0.1:${this.#upstream.port}/data/${path}`
    const response = await client.fetch(url, { method, ...init })
    if (!response.ok) throw new Error(`${method} ${key}: ${await response.text()}`)
  }

  #relay(request: http.IncomingMessage, response: http.ServerResponse): void {
    const { method = '', url = '', headers } = request
    this.requests.push([method, url, headers.range ?? ''].join(' ').trim())
    const refusal = isSignedWith(SECRET, request) ? this.refusal : MISMATCH
    if (refusal !== null) {
      response.writeHead(refusal.status).end(refusal.body)
      return
    }
    const { address: host, port } = this.#upstream
    // With the headers as they are: the signature is of the host's name too.
    const upward = http.request({ host, port, method, path: url, headers, agent: false })
    upward.on('error', () => response.destroy())
    response.on('close', () => upward.destroy())
    upward.on('response', (answer) => {
      const expected = this.heedsIfMatch ? headers['if-match'] : undefined
      if (expected !== undefined && answer.headers.etag !== expected && answer.statusCode !== 404) {
        answer.destroy()
        response.writeHead(412).end()
        return
      }
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      const isObject = method === 'GET' && !url.includes('list-type')
      const fault = isObject ? this.faults.shift() : undefined
      if (fault === undefined) answer.pipe(response)
      else void misbehave(answer, response, fault)
    })
    upward.end()
  }
}

async function misbehave(
  answer: http.IncomingMessage,
  response: http.ServerResponse,
  fault: Fault,
): Promise<void> {
  let left = fault.afterBytes
  for await (const chunk of answer) {
    const part = (chunk as Buffer).subarray(0, left)
    left -= part.length
    response.write(part)
    if (left === 0) break
  }
  await fault.meanwhile?.()
  // What was written still gets through.
  if (fault.then === 'cut') response.write('', () => response.socket?.destroySoon())
}
