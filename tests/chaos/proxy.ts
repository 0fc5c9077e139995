/**
 * A proxy between client and server that reads their messages, and can cut a connection at any of them.
 */
import { createServer, connect } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'

/** What becomes of a message of the client's. */
export type Fate =
  | 'passed'
  /** The server never gets it. */
  | 'cut before'
  /** The server carries it out to the end, and the client never hears of it. */
  | 'cut after'
  /** The server gets it, and finds nobody to answer to. */
  | 'cut at once'
  /** The server never gets it, and the client waits for an answer. */
  | 'swallowed'

/** Decides about a message that begins something: a query, the first of a prepared statement, the end of a COPY. */
export type Judge = (text: string) => Fate

/** The path of the server's socket, which may be another one after a restart. */
export type Upstream = () => string

const STARTUP_BYTES = 4
const HEAD_BYTES = 5
/** The server has nothing more to say: it is ready for a query, or for the rows of a COPY. */
const ENDS = new Set(['Z', 'G'])
const JUDGED = new Set(['Q', 'P', 'c'])

/** Listens on the loopback address; the port stays the same while the server is away. */
export class Proxy {
  /** Decides about every message from now on. */
  judge: Judge = () => 'passed'
  readonly port: number
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server, upstream: Upstream) {
    this.#server = server
    this.port = (server.address() as AddressInfo).port
    server.on('connection', (client) => {
      const up = connect(upstream())
      this.#relay(client, up)
    })
  }

  static async listen(upstream: Upstream): Promise<Proxy> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new Proxy(server, upstream)
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #relay(client: Socket, up: Socket): void {
    const connection = new Connection(client, up, (text) => this.judge(text))
    for (const socket of [client, up]) {
      this.#sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        this.#sockets.delete(socket)
        connection.closed(socket)
      })
    }
  }
}

class Connection {
  #hasStarted = false
  /** True while the server works on something whose answer the client must not get. */
  #isDeaf = false

  constructor(
    readonly client: Socket,
    readonly up: Socket,
    judge: Judge,
  ) {
    const fromClient = new Messages(() => (this.#hasStarted ? HEAD_BYTES : STARTUP_BYTES))
    const fromServer = new Messages(() => HEAD_BYTES)
    client.on('data', (chunk) => {
      for (const message of fromClient.add(chunk)) {
        if (client.destroyed) return
        this.#pass(message, judge)
      }
    })
    up.on('data', (chunk) => {
      if (!this.#isDeaf) client.write(chunk)
      for (const message of fromServer.add(chunk))
        if (this.#isDeaf && ENDS.has(message.toString('latin1', 0, 1))) this.#cut()
    })
  }

  /** The end of one side is that of the other. */
  closed(socket: Socket): void {
    if (socket === this.up) this.client.destroy()
    // What has been sent still arrives, as when a client is killed.
    else this.up.end()
  }

  #pass(message: Buffer, judge: Judge): void {
    const type = this.#hasStarted ? message.toString('latin1', 0, 1) : ''
    this.#hasStarted = true
    const fate =
      JUDGED.has(type) && !this.#isDeaf ? judge(message.toString('utf8', HEAD_BYTES)) : 'passed'
    if (fate === 'cut before') {
      this.#cut()
      return
    }
    if (fate === 'swallowed') return
    this.up.write(message)
    if (fate === 'cut after') this.#isDeaf = true
    if (fate === 'cut at once') this.client.destroy()
  }

  #cut(): void {
    this.client.destroy()
    this.up.destroy()
  }
}

/** Puts a stream together into messages: a type (but for the first of a client), then a length that counts itself. */
class Messages {
  #rest: Buffer = Buffer.alloc(0)

  constructor(readonly headBytes: () => number) {}

  /** The messages that are whole now. */
  *add(chunk: Buffer): Generator<Buffer> {
    this.#rest = Buffer.concat([this.#rest, chunk])
    for (;;) {
      const head = this.headBytes()
      if (this.#rest.length < head) return
      const size = head - STARTUP_BYTES + this.#rest.readUInt32BE(head - STARTUP_BYTES)
      if (this.#rest.length < size) return
      const message = this.#rest.subarray(0, size)
      this.#rest = this.#rest.subarray(size)
      yield message
    }
  }
}
