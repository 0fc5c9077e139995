/**
 * Where a database is and how to get in. Made by `project/connection.ts`, used by the pool.
 */

/** Everything that a connection needs. The password is never printed: use `describeConnection`. */
export interface ConnectionSettings {
  /** A host name or address, or the folder of a Unix socket (starts with `/`). */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string | undefined
  readonly database: string
  /** `false`: no TLS. `verify`: TLS, certificate and host name checked. `no-verify`: TLS, not checked. */
  readonly tls: false | { readonly mode: 'verify' | 'no-verify'; readonly ca?: string }
  /** Where the settings come from, for messages. */
  readonly origin: 'embedded' | 'DATABASE_URL' | 'PG* variables' | 'credentials file'
}

/** One line for people, without the password: `postgres@localhost:5432/warehouse (from DATABASE_URL)`. */
export function describeConnection(settings: ConnectionSettings): string {
  return `${settings.user}@${settings.host}:${settings.port}/${settings.database} (${settings.origin})`
}

/**
 * The settings as a URL that `psql` and other programs of PostgreSQL take. Holds the password: only
 * for people who ask for it, never for a message.
 */
export function connectionUrl(settings: ConnectionSettings): string {
  const isSocket = settings.host.startsWith('/')
  const password =
    settings.password === undefined ? '' : `:${encodeURIComponent(settings.password)}`
  const address = settings.host.includes(':') ? `[${settings.host}]` : settings.host
  // With the host in a parameter, a user in front of the empty host would not be a valid URL.
  if (isSocket) {
    const parameters = new URLSearchParams({
      host: settings.host,
      port: String(settings.port),
      user: settings.user,
    })
    if (settings.password !== undefined) parameters.set('password', settings.password)
    return `postgresql:///${encodeURIComponent(settings.database)}?${parameters.toString()}`
  }
  const mode =
    settings.tls === false
      ? ''
      : settings.tls.mode === 'verify'
        ? '?sslmode=verify-full'
        : '?sslmode=no-verify'
  return `postgresql://${encodeURIComponent(settings.user)}${password}@${address}:${settings.port}/${encodeURIComponent(settings.database)}${mode}`
}
