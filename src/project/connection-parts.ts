/**
 * What one source says about a connection.
 */
import { CommandError } from '../failure/types.js'

/** What a source says, before defaults are filled in. */
export interface ConnectionParts {
  readonly host?: string
  readonly port?: number
  readonly user?: string
  readonly password?: string
  readonly database?: string
  readonly sslMode?: string
  /** Path of a file with certificate authorities. */
  readonly sslRootCert?: string
  /** The certificate authorities themselves, PEM. */
  readonly ca?: string
}

/**
 * Reads a port number.
 * @param from where it was found, for the message
 */
export function readPort(text: string, from: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw new CommandError(`The port in ${from} is not a number from 1 to 65535.`, { exitCode: 2 })
}
