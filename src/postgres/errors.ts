/**
 * What the server and the driver say when something goes wrong, as plain values.
 */
import pg from './driver.js'
import { StatementError } from './session.js'

/** SQLSTATE codes that the engine decides by. */
export const sqlstate = {
  connectionException: '08000',
  connectionFailure: '08006',
  invalidPassword: '28P01',
  invalidAuthorization: '28000',
  invalidCatalogName: '3D000',
  invalidSchemaName: '3F000',
  insufficientPrivilege: '42501',
  undefinedTable: '42P01',
  undefinedColumn: '42703',
  duplicateDatabase: '42P04',
  duplicateSchema: '42P06',
  duplicateTable: '42P07',
  uniqueViolation: '23505',
  cardinalityViolation: '21000',
  serializationFailure: '40001',
  deadlockDetected: '40P01',
  lockNotAvailable: '55P03',
  dependentObjects: '2BP01',
  objectInUse: '55006',
  activeTransaction: '25001',
  queryCanceled: '57014',
  adminShutdown: '57P01',
  crashShutdown: '57P02',
  cannotConnectNow: '57P03',
  tooManyConnections: '53300',
} as const

/** Everything known about a failure of the server or of the connection to it. */
export interface DatabaseError {
  /** `sql`: the server answered with an error. `connection`: there is no working connection. */
  readonly kind: 'sql' | 'connection'
  readonly message: string
  /** Five characters; missing where the driver, not the server, found the failure. */
  readonly sqlstate?: string
  readonly detail?: string
  readonly hint?: string
  /** Character offset in the text that was sent, counted from 1. */
  readonly position?: number
  /** Call stack of functions, `COPY` line and the like, as the server words it. */
  readonly where?: string
  /** Where the error is inside a function: the statement that the function ran, and the offset there. */
  readonly internalQuery?: string
  readonly internalPosition?: number
  readonly schema?: string
  readonly table?: string
  readonly column?: string
  readonly constraint?: string
}

const transient = new Set<string>([
  sqlstate.serializationFailure,
  sqlstate.deadlockDetected,
  sqlstate.adminShutdown,
  sqlstate.crashShutdown,
  sqlstate.cannotConnectNow,
  sqlstate.tooManyConnections,
])

/** Whether the same statements may well succeed if they are simply tried again. */
export function isTransient(error: DatabaseError): boolean {
  if (error.sqlstate === undefined) return error.kind === 'connection'
  return transient.has(error.sqlstate) || error.sqlstate.startsWith('08')
}

const connectionCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'EACCES',
])

/** The driver's own errors have no code; these are the beginnings of their messages. */
const connectionMessages = [
  'Connection terminated',
  'Client has encountered a connection error',
  'Client was closed',
  'timeout expired',
  'timeout exceeded when trying to connect',
  'The server does not support SSL',
  'There was an error establishing an SSL connection',
  'SASL:',
  'Cannot use a pool after calling end',
]

/**
 * Turns what the driver threw into a value.
 * @returns undefined if it is not about the database (so it is a bug: rethrow it)
 */
export function readDatabaseError(error: unknown): DatabaseError | undefined {
  if (error instanceof StatementError) return readDatabaseError(error.cause)
  if (error instanceof pg.DatabaseError) return fromServer(error)
  if (!(error instanceof Error)) return undefined
  const { code, syscall } = error as NodeJS.ErrnoException
  const isTls =
    code !== undefined && /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO)/.test(code)
  const isSocket =
    code !== undefined && connectionCodes.has(code) && syscall !== 'open' && syscall !== 'stat'
  if (!isTls && !isSocket && !connectionMessages.some((start) => error.message.startsWith(start))) {
    return undefined
  }
  // Node joins the failures of several addresses in an AggregateError whose own message is empty.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : undefined
  const message =
    error.message !== '' ? error.message : first instanceof Error ? first.message : (code ?? '')
  return { kind: 'connection', message }
}

function fromServer(error: pg.DatabaseError): DatabaseError {
  const code = error.code
  const isConnection =
    code !== undefined &&
    (code.startsWith('08') ||
      code.startsWith('28') ||
      code.startsWith('57P') ||
      code === sqlstate.tooManyConnections)
  return {
    kind: isConnection ? 'connection' : 'sql',
    message: error.message,
    ...(code !== undefined && { sqlstate: code }),
    ...(error.detail !== undefined && { detail: error.detail }),
    ...(error.hint !== undefined && { hint: error.hint }),
    ...(error.position !== undefined && { position: Number(error.position) }),
    ...(error.where !== undefined && { where: error.where }),
    ...(error.internalQuery !== undefined && { internalQuery: error.internalQuery }),
    ...(error.internalPosition !== undefined && {
      internalPosition: Number(error.internalPosition),
    }),
    ...(error.schema !== undefined && { schema: error.schema }),
    ...(error.table !== undefined && { table: error.table }),
    ...(error.column !== undefined && { column: error.column }),
    ...(error.constraint !== undefined && { constraint: error.constraint }),
  }
}

/** The offset in a text of a position that the server gives: it counts characters, not UTF-16 units, from 1. */
export function offsetOfPosition(sql: string, position: number): number {
  return Array.from(sql)
    .slice(0, position - 1)
    .join('').length
}
