/**
 * What commands and the server's supervisor say to each other: one JSON object a line.
 */
import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** A command that uses the server now. */
export interface ServerUse {
  readonly pid: number
  /** What it is, for people: `dataform run`. */
  readonly what: string
}

/** A running server. */
export interface ServerStatus {
  /** The server's main process. */
  readonly pid: number
  /** Folder of the Unix socket, or a loopback address. */
  readonly host: string
  readonly port: number
  /** ISO 8601. */
  readonly startedAt: string
  /** Whether it stays when nobody uses it (`dataform db start`). */
  readonly kept: boolean
  readonly users: readonly ServerUse[]
}

/** From a command. `use` counts it as a user until it releases or its connection ends. */
export type Request =
  | { readonly type: 'use'; readonly use: ServerUse }
  | { readonly type: 'status' }
  | { readonly type: 'keep' }
  | { readonly type: 'unkeep' }
  /** Stops the server though others use it. */
  | { readonly type: 'stop' }
  | { readonly type: 'release' }

/** From the supervisor: one for every request but `release` and `stop`, which end the connection. */
export type Reply =
  | { readonly type: 'status'; readonly status: ServerStatus }
  /** Too late: the connection ends when the server has stopped. */
  | { readonly type: 'stopping' }

/** From the supervisor to the command that starts it, on its standard output. */
export type StartReport =
  | { readonly type: 'progress'; readonly message: string }
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly message: string; readonly hint?: string }

/** Where the supervisor of a cluster listens. A pipe's name on Windows, else a socket beside the server's. */
export function controlPath(dataDir: string, socketDir: string): string {
  if (process.platform !== 'win32') return join(socketDir, 'control')
  const id = createHash('sha256').update(dataDir.toLowerCase()).digest('hex').slice(0, 24)
  return `\\\\.\\pipe\\dataform-postgres-${id}`
}

/** Sends one message. A connection that is gone is noticed by its `close` event, not here. */
export function send(socket: Socket, message: Request | Reply): void {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`)
}

/** Calls back for every message; a line that is not JSON ends the connection. */
export function receive(socket: Socket, onMessage: (message: unknown) => void): void {
  const lines = createInterface({ input: socket })
  // It passes the socket's errors on; they are followed by `close`, which is what counts.
  lines.on('error', () => undefined)
  lines.on('line', (line) => {
    let message: unknown
    try {
      message = JSON.parse(line)
    } catch {
      socket.destroy()
      return
    }
    onMessage(message)
  })
}
