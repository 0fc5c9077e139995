/** Which Parquet type a column gets, and how its values become what the writer takes. */
import type { SchemaElement } from 'hyparquet'
import { quoteIdent } from '../sql/identifiers.js'
import type { ExportColumn } from './relation.js'
import { textOf } from './row-query.js'

/** A column of a Parquet file. */
export interface ParquetColumn {
  readonly element: SchemaElement
  /** What the database is asked for. */
  readonly expression: string
  /** From the database's text to the writer's value. */
  readonly value: (text: string) => unknown
}

/** Most digits of a decimal in Parquet. */
const MAX_PRECISION = 38

/** Bytes of a decimal of that many digits. */
const DECIMAL_BYTES = 16

/**
 * The Parquet column of a column.
 * @param decimal of a `numeric`, how many digits it needs; null if it does not fit a decimal, and becomes text
 */
export function parquetColumn(
  column: ExportColumn,
  decimal: ExportColumn['decimal'],
): ParquetColumn {
  const { name, type } = column
  const ident = quoteIdent(name)
  const base = { name, repetition_type: 'OPTIONAL' as const }
  const text = textOf(column)
  switch (type) {
    case 'boolean':
      return { element: { ...base, type: 'BOOLEAN' }, expression: text, value: (t) => t === 'true' }
    case 'smallint':
    case 'integer':
      return { element: { ...base, type: 'INT32' }, expression: text, value: Number }
    case 'bigint':
      return { element: { ...base, type: 'INT64' }, expression: text, value: BigInt }
    case 'real':
      return { element: { ...base, type: 'FLOAT' }, expression: text, value: Number }
    case 'double precision':
      return { element: { ...base, type: 'DOUBLE' }, expression: text, value: Number }
    case 'numeric':
      return decimal === null ? textColumn(base, text) : decimalColumn(base, text, decimal)
    case 'date':
      return {
        element: { ...base, type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } },
        expression: `(${ident} - date '1970-01-01')::text`,
        value: Number,
      }
    case 'timestamp without time zone':
      return timestampColumn(base, ident, false)
    case 'timestamp with time zone':
      return timestampColumn(base, ident, true)
    case 'time without time zone':
      return {
        element: {
          ...base,
          type: 'INT64',
          converted_type: 'TIME_MICROS',
          logical_type: { type: 'TIME', isAdjustedToUTC: false, unit: 'MICROS' },
        },
        expression: micros(ident),
        value: BigInt,
      }
    case 'uuid':
      return {
        element: {
          ...base,
          type: 'FIXED_LEN_BYTE_ARRAY',
          type_length: 16,
          logical_type: { type: 'UUID' },
        },
        expression: text,
        value: (t) => t,
      }
    case 'bytea':
      return {
        element: { ...base, type: 'BYTE_ARRAY' },
        expression: `encode(${ident}, 'hex')`,
        value: (t) => Buffer.from(t, 'hex'),
      }
    case 'json':
    case 'jsonb':
      return jsonColumn(base, text)
  }
  return column.category === 'A'
    ? jsonColumn(base, `to_json(${ident})::text`)
    : textColumn(base, text)
}

interface Base {
  readonly name: string
  readonly repetition_type: 'OPTIONAL'
}

function textColumn(base: Base, expression: string): ParquetColumn {
  const element: SchemaElement = {
    ...base,
    type: 'BYTE_ARRAY',
    converted_type: 'UTF8',
    logical_type: { type: 'STRING' },
  }
  return { element, expression, value: (text) => text }
}

/** The older annotation is left out: the writer would parse the text, and lose digits of its numbers. */
function jsonColumn(base: Base, expression: string): ParquetColumn {
  const element: SchemaElement = { ...base, type: 'BYTE_ARRAY', logical_type: { type: 'JSON' } }
  return { element, expression, value: (text) => Buffer.from(text, 'utf8') }
}

function timestampColumn(base: Base, ident: string, isUtc: boolean): ParquetColumn {
  return {
    element: {
      ...base,
      type: 'INT64',
      // The older annotation means a moment in UTC.
      ...(isUtc ? { converted_type: 'TIMESTAMP_MICROS' as const } : {}),
      logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: isUtc, unit: 'MICROS' },
    },
    expression: micros(ident),
    value: BigInt,
  }
}

/** Microseconds since 1970, or since midnight: exact, since the server counts in microseconds too. */
function micros(ident: string): string {
  return `(extract(epoch from ${ident}) * 1000000)::bigint::text`
}

function decimalColumn(
  base: Base,
  expression: string,
  { precision, scale }: { readonly precision: number; readonly scale: number },
): ParquetColumn {
  const physical =
    precision <= 9
      ? { type: 'INT32' as const }
      : precision <= 18
        ? { type: 'INT64' as const }
        : { type: 'FIXED_LEN_BYTE_ARRAY' as const, type_length: DECIMAL_BYTES }
  return {
    element: {
      ...base,
      ...physical,
      converted_type: 'DECIMAL',
      precision,
      scale,
      logical_type: { type: 'DECIMAL', precision, scale },
    },
    expression,
    value: (text) => unscaled(text, scale),
  }
}

/** A decimal without its point: `-1.5` with two digits behind it is -150. */
function unscaled(text: string, scale: number): bigint {
  const [whole = '', fraction = ''] = text.split('.')
  return BigInt(whole + fraction.padEnd(scale, '0'))
}

/** Whether a numeric's digits have to be counted in the data: its type does not say, or says too many. */
export function needsCounting({ type, decimal }: ExportColumn): boolean {
  return type === 'numeric' && !(decimal !== null && isDecimal(decimal))
}

/** Whether a number of digits is one that Parquet has. */
export function isDecimal(decimal: {
  readonly precision: number
  readonly scale: number
}): boolean {
  const { precision, scale } = decimal
  return scale >= 0 && scale <= precision && precision <= MAX_PRECISION
}
