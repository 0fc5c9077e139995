/**
 * A command's connection to the supervisor of a running server.
 */
import { connect, type Socket } from 'node:net'
import { controlPath, receive, send, type Reply, type Request } from './protocol.js'
import { readPostmasterFile } from './postmaster.js'

/** An open connection; one request at a time. */
export interface Control {
  /** Resolves with the answer, or with `undefined` if the supervisor ends the connection instead. */
  ask(request: Request): Promise<Reply | undefined>
  /** Sends a request that has no answer but the end of the connection, and waits for that. */
  finish(request: Request): Promise<void>
  /** Resolves when the connection has ended, whoever ended it. */
  readonly closed: Promise<void>
  /** Ends the connection at once. */
  close(): void
  /** Lets the process end though the connection is open. */
  unref(): void
}

/** Connects to a supervisor that listens at `path`; undefined if nobody does. */
export async function connectControl(path: string): Promise<Control | undefined> {
  const socket = connect(path)
  const connected = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => {
      resolve(true)
    })
    socket.once('error', () => {
      resolve(false)
    })
  })
  return connected ? new SocketControl(socket) : undefined
}

/**
 * Finds the supervisor of a cluster: the server's lock file names the folder of its socket, and the
 * supervisor's is in the same folder.
 */
export async function findControl(dataDir: string): Promise<Control | undefined> {
  const file = await readPostmasterFile(dataDir)
  // A copied project brings the lock file of the original along.
  if (file?.dataDir !== dataDir) return undefined
  return connectControl(controlPath(dataDir, file.socketDir))
}

class SocketControl implements Control {
  readonly closed: Promise<void>
  readonly #socket: Socket
  #isUnreffed = false
  #onReply: ((reply: Reply) => void) | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('error', () => undefined)
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        resolve()
      })
    })
    receive(socket, (reply) => {
      this.#onReply?.(reply as Reply)
      this.#onReply = undefined
    })
  }

  async ask(request: Request): Promise<Reply | undefined> {
    const answered = new Promise<Reply>((resolve) => (this.#onReply = resolve))
    // A process must not end while it waits for the answer.
    this.#socket.ref()
    send(this.#socket, request)
    const reply = await Promise.race([answered, this.closed.then(() => undefined)])
    if (this.#isUnreffed) this.#socket.unref()
    return reply
  }

  async finish(request: Request): Promise<void> {
    this.#socket.ref()
    send(this.#socket, request)
    await this.closed
  }

  close(): void {
    this.#socket.destroy()
  }

  unref(): void {
    this.#isUnreffed = true
    this.#socket.unref()
  }
}
