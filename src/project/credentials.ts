/**
 * `.df-credentials.json`: the file that Dataform keeps credentials in.
 */
import { CommandError } from '../failure/types.js'
import { readPort, type ConnectionParts } from './connection-parts.js'
import { readConnectionUrl } from './connection-url.js'

/** The names that Dataform used for PostgreSQL, and the ones that people expect, of every part. */
const names = {
  host: ['host'],
  port: ['port'],
  user: ['username', 'user'],
  password: ['password'],
  database: ['databaseName', 'database'],
  sslMode: ['sslmode', 'sslMode'],
  sslRootCert: ['sslrootcert', 'sslRootCert'],
  ca: ['ca'],
} as const

/**
 * Reads the text of a credentials file: `{ "url": "postgres://..." }`, or `host`, `port`, `username`,
 * `password`, `databaseName`, `sslmode`, `sslrootcert` (a path), `ca` (PEM text).
 * @param path for messages
 * @throws CommandError if it is not JSON, has an unknown key or a value of the wrong type
 */
export function parseCredentials(text: string, path: string): ConnectionParts {
  const wrong = (why: string, hint?: string): CommandError =>
    new CommandError(`${path}: ${why}.`, { exitCode: 2, ...(hint !== undefined && { hint }) })
  const content = parseObject(text)
  if (content === undefined) throw wrong('it is not a JSON object')
  if ('projectId' in content) {
    throw wrong(
      'these are credentials of BigQuery',
      'Give host, username, password and databaseName, or url.',
    )
  }
  const known = new Set<string>(['url', ...Object.values(names).flat()])
  const unknown = Object.keys(content).filter((key) => !known.has(key))
  if (unknown.length > 0) {
    throw wrong(
      `unknown key ${unknown.map((key) => `"${key}"`).join(', ')}`,
      `Known keys: ${[...known].join(', ')}.`,
    )
  }
  const textOf = (key: keyof typeof names): string | undefined => {
    for (const name of names[key]) {
      const value = content[name]
      if (value === undefined || value === null || value === '') continue
      if (typeof value === 'string') return value
      if (key === 'port' && typeof value === 'number') return String(value)
      throw wrong(`"${name}" must be a text`)
    }
    return undefined
  }
  const { url } = content
  if (url !== undefined && typeof url !== 'string') throw wrong('"url" must be a text')
  const fromUrl = url === undefined ? {} : readConnectionUrl(url, `"url" in ${path}`)
  const port = textOf('port')
  const texts = (['host', 'user', 'password', 'database', 'sslMode', 'sslRootCert', 'ca'] as const)
    .map((key) => [key, textOf(key)] as const)
    .filter((entry) => entry[1] !== undefined)
  return {
    ...fromUrl,
    ...(Object.fromEntries(texts) as ConnectionParts),
    ...(port !== undefined && { port: readPort(port, path) }),
  }
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    // Editors on Windows like to begin a file with a byte order mark.
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''))
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}
