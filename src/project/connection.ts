/**
 * Which database a command talks to.
 *
 * The first of these that is there, in this order:
 * 1. the file of the `--credentials` flag;
 * 2. `DATABASE_URL`;
 * 3. `PGHOST` or `PGDATABASE`, with `PGPORT`, `PGUSER`, `PGPASSWORD`, `PGSSLMODE`, `PGSSLROOTCERT`
 *    (the others alone choose nothing);
 * 4. `.df-credentials.json` in the project;
 * 5. the embedded server.
 * What is set for one invocation wins over what lies in a file.
 *
 * TLS with the certificate checked is used for every host but this machine. `sslmode` changes that
 * only in so many words: `disable` (no TLS) or `no-verify` (TLS, any certificate).
 */
import { readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { CommandError } from '../failure/types.js'
import type { ConnectionSettings } from '../postgres/settings.js'
import { readPort, type ConnectionParts } from './connection-parts.js'
import { readConnectionUrl } from './connection-url.js'
import { parseCredentials } from './credentials.js'

/** What the choice is made from. */
export interface ConnectionSources {
  readonly projectDir: string
  /** The `--credentials` flag; a relative path counts from the current folder. */
  readonly credentialsFile?: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** The embedded server, or a server with its settings. */
export type ConnectionChoice =
  { readonly kind: 'embedded' } | { readonly kind: 'server'; readonly settings: ConnectionSettings }

/** The file in a project's folder that may hold credentials. */
export const CREDENTIALS_FILE = '.df-credentials.json'

/**
 * Chooses the database. Reads files; connects to nothing.
 * @throws CommandError if what chooses a database is not understood; never with a password in it
 */
export async function chooseConnection(sources: ConnectionSources): Promise<ConnectionChoice> {
  const { env } = sources
  if (sources.credentialsFile !== undefined) {
    const path = resolve(sources.credentialsFile)
    const text = await readFile(path, 'utf8').catch((cause: unknown) => {
      throw new CommandError(`The credentials file ${path} cannot be read.`, { exitCode: 2, cause })
    })
    return server(parseCredentials(text, path), 'credentials file', env)
  }
  if (isSet(env.DATABASE_URL))
    return server(readConnectionUrl(env.DATABASE_URL, 'DATABASE_URL'), 'DATABASE_URL', env)
  if (isSet(env.PGHOST) || isSet(env.PGDATABASE)) return server({}, 'PG* variables', env)
  const path = join(sources.projectDir, CREDENTIALS_FILE)
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new CommandError(`The credentials file ${path} cannot be read.`, {
      exitCode: 2,
      cause: error,
    })
  })
  if (text !== undefined) return server(parseCredentials(text, path), 'credentials file', env)
  return { kind: 'embedded' }
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== ''
}

/** Fills in what the source leaves out, first from the `PG*` variables and then as `psql` would. */
async function server(
  parts: ConnectionParts,
  origin: ConnectionSettings['origin'],
  env: ConnectionSources['env'],
): Promise<ConnectionChoice> {
  const variable = (name: string): string | undefined => (isSet(env[name]) ? env[name] : undefined)
  const host =
    parts.host ?? (origin === 'PG* variables' ? variable('PGHOST') : undefined) ?? 'localhost'
  const user = parts.user ?? variable('PGUSER') ?? userInfo().username
  const password = parts.password ?? variable('PGPASSWORD')
  const settings: ConnectionSettings = {
    host,
    port: parts.port ?? readPort(variable('PGPORT') ?? '5432', 'PGPORT'),
    user,
    password,
    database: parts.database ?? variable('PGDATABASE') ?? user,
    tls: await readTls(host, {
      mode: parts.sslMode ?? variable('PGSSLMODE'),
      rootCert: parts.sslRootCert ?? variable('PGSSLROOTCERT'),
      ca: parts.ca,
    }),
    origin,
  }
  return { kind: 'server', settings }
}

/** Whether a host is this machine: a loopback address or a Unix socket. */
export function isThisMachine(host: string): boolean {
  return host.startsWith('/') || /^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(host)
}

async function readTls(
  host: string,
  said: { mode: string | undefined; rootCert: string | undefined; ca: string | undefined },
): Promise<ConnectionSettings['tls']> {
  // A Unix socket never has TLS.
  if (host.startsWith('/') || said.mode === 'disable') return false
  if (said.mode === 'no-verify') return { mode: 'no-verify' }
  if (said.mode === undefined && isThisMachine(host)) return false
  const modes = ['allow', 'prefer', 'require', 'verify-ca', 'verify-full']
  if (said.mode !== undefined && !modes.includes(said.mode)) {
    throw new CommandError(`sslmode is not one of disable, no-verify, ${modes.join(', ')}.`, {
      exitCode: 2,
    })
  }
  // The two that ask for no more than an attempt mean "no TLS" on this machine, where libpq tries none first.
  if ((said.mode === 'allow' || said.mode === 'prefer') && isThisMachine(host)) return false
  if (said.ca !== undefined) return { mode: 'verify', ca: said.ca }
  // `system` is libpq's word for the machine's own authorities.
  if (said.rootCert === undefined || said.rootCert === 'system') return { mode: 'verify' }
  const ca = await readFile(said.rootCert, 'utf8').catch((cause: unknown) => {
    throw new CommandError(
      `The file of certificate authorities ${said.rootCert ?? ''} cannot be read.`,
      {
        exitCode: 2,
        cause,
      },
    )
  })
  return { mode: 'verify', ca }
}
