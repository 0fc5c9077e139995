/**
 * A connection in the form of a URL, as `psql` takes it.
 */
import { CommandError } from '../failure/types.js'
import { readPort, type ConnectionParts } from './connection-parts.js'

/** Stands for a host that is not there: PostgreSQL's URLs may have a user and no host, others may not. */
const NO_HOST = 'no-host.invalid'

/**
 * Reads `postgres://user:password@host:port/database?sslmode=...`. The host may also be a parameter
 * (`?host=/folder/of/the/socket`) or percent-encoded.
 * @param from where it was found, for messages, which never hold the URL itself
 * @throws CommandError if it is not such a URL
 */
export function readConnectionUrl(text: string, from: string): ConnectionParts {
  const wrong = (why: string): CommandError =>
    new CommandError(`${from} is not a PostgreSQL URL: ${why}.`, {
      exitCode: 2,
      hint: 'It looks like postgres://user:password@host:5432/database (special characters percent-encoded).',
    })
  let url: URL
  try {
    url = new URL(text.trim().replace(/^(\w+:\/\/[^/?#]*@)(?=[:/?#]|$)/, `$1${NO_HOST}`))
  } catch {
    throw wrong('it cannot be read')
  }
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:')
    throw wrong('it must start with postgres://')
  const parameter = (name: string): string | undefined => url.searchParams.get(name) ?? undefined
  const decoded = (part: string): string | undefined => {
    if (part === '') return undefined
    try {
      return decodeURIComponent(part)
    } catch {
      throw wrong('a percent sign in it is not followed by two hexadecimal digits')
    }
  }
  const hostname = url.hostname === NO_HOST ? '' : url.hostname
  const host = decoded(hostname.replace(/^\[(.*)\]$/, '$1')) ?? parameter('host')
  if (host?.includes(',') === true) throw wrong('it names several hosts; name one')
  const port = url.port === '' ? parameter('port') : url.port
  const user = decoded(url.username) ?? parameter('user')
  const password = decoded(url.password) ?? parameter('password')
  const database = decoded(url.pathname.replace(/^\//, '')) ?? parameter('dbname')
  const sslMode = parameter('sslmode')
  const sslRootCert = parameter('sslrootcert')
  return {
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port: readPort(port, from) }),
    ...(user !== undefined && { user }),
    ...(password !== undefined && { password }),
    ...(database !== undefined && { database }),
    ...(sslMode !== undefined && { sslMode }),
    ...(sslRootCert !== undefined && { sslRootCert }),
  }
}
