/**
 * Counts the users of a running server and decides when it ends.
 */
import { createServer, type Server, type Socket } from 'node:net'
import { receive, send, type Request, type ServerStatus, type ServerUse } from './protocol.js'

/** The server that is watched. */
export interface WatchedServer {
  readonly pid: number
  readonly host: string
  readonly port: number
  readonly startedAt: Date
  /** Resolves when its main process is gone, whatever the reason. */
  readonly ended: Promise<void>
  /** Stops it; resolves when its main process is gone. */
  stop(): Promise<void>
}

/** Milliseconds that a started server waits for its first user, who may have been killed meanwhile. */
const FIRST_USER_MS = 5_000

/**
 * The users of one server. It listens before the server is started, so that a server in sight always
 * has a supervisor in sight; what commands ask in between is answered when the server is there.
 */
export class Supervision {
  readonly #listener: Server
  readonly #connections = new Set<Socket>()
  readonly #users = new Map<Socket, ServerUse>()
  readonly #early: (readonly [Socket, Request])[] = []
  #server: WatchedServer | undefined
  #kept = false
  #stopping = false

  constructor() {
    this.#listener = createServer((socket) => {
      this.#serve(socket)
    })
  }

  /** @throws the system's error if the path is taken */
  async listen(path: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#listener.once('error', reject)
      this.#listener.listen(path, resolve)
    })
  }

  /**
   * Serves commands until the server has ended: because the last user left, because somebody stopped
   * it, or by itself.
   */
  async supervise(server: WatchedServer): Promise<void> {
    this.#server = server
    for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      process.on(name, () => {
        this.stop()
      })
    }
    for (const [socket, request] of this.#early.splice(0)) this.#answer(socket, request)
    setTimeout(() => {
      this.#stopIfUnused()
    }, FIRST_USER_MS).unref()
    await server.ended
  }

  stop(): void {
    if (this.#stopping || this.#server === undefined) return
    this.#stopping = true
    void this.#server.stop()
  }

  /** Ends every connection: whoever waits for the end of the server learns it so. */
  close(): void {
    this.#listener.close()
    for (const socket of this.#connections) socket.destroy()
  }

  #serve(socket: Socket): void {
    this.#connections.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.#connections.delete(socket)
      if (this.#users.delete(socket)) this.#stopIfUnused()
    })
    receive(socket, (request) => {
      this.#answer(socket, request as Request)
    })
  }

  #answer(socket: Socket, request: Request): void {
    if (this.#server === undefined) {
      this.#early.push([socket, request])
      return
    }
    if (this.#stopping) {
      send(socket, { type: 'stopping' })
      return
    }
    switch (request.type) {
      case 'use':
        this.#users.set(socket, request.use)
        break
      case 'status':
        break
      case 'keep':
        this.#kept = true
        break
      case 'unkeep':
        this.#kept = false
        break
      case 'stop':
        this.stop()
        return
      case 'release':
        this.#users.delete(socket)
        // The last user's connection ends with the server, so that it can wait for that.
        if (!this.#stopIfUnused()) socket.end()
        return
    }
    send(socket, { type: 'status', status: this.#status(this.#server) })
  }

  /** Whether it is stopping now. */
  #stopIfUnused(): boolean {
    if (this.#users.size === 0 && !this.#kept) this.stop()
    return this.#stopping
  }

  #status(server: WatchedServer): ServerStatus {
    return {
      pid: server.pid,
      host: server.host,
      port: server.port,
      startedAt: server.startedAt.toISOString(),
      kept: this.#kept,
      users: [...this.#users.values()],
    }
  }
}
