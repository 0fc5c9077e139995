/** How the values of a column without parts become text: by its logical type, else by its physical one. */
import type { SchemaElement } from 'hyparquet'
import type { CopyBuffer } from '../copy-buffer.js'
import { Damage } from './damage.js'
import {
  bigEndian,
  doubleText,
  float16,
  float16Text,
  float32Text,
  safeInt64,
  writeAscii,
  writeDecimal,
  writeInteger,
} from './number-text.js'
import type { JsonForm } from './texts.js'
import {
  writeDate,
  writeInterval,
  writeTime,
  writeTimestamp,
  type FractionDigits,
} from './time-text.js'

/** Writes the value of `length` bytes at `at` as text. */
export type WriteValue = (view: DataView, at: number, length: number, out: CopyBuffer) => void

/**
 * What a column's values are. `bytes`: their bytes are the text; `isText` says that the file calls them text, so that
 * others are an error, while bytes of no declared kind are shown in hexadecimal. `boolean`: bits. `fixed`: of `width`
 * bytes, `variable`: of any number, both written by a function.
 */
export type LeafType = { readonly json: JsonForm } & (
  | { readonly kind: 'bytes'; readonly isText: boolean; readonly width: number | null }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'fixed'; readonly width: number; readonly write: WriteValue }
  | { readonly kind: 'variable'; readonly write: WriteValue }
)

/** Room for any number or time that is no decimal. */
const LONGEST = 64

const FRACTION_DIGITS: Readonly<Record<string, FractionDigits>> = { MILLIS: 3, MICROS: 6, NANOS: 9 }

/** @throws Damage for a type that is none */
export function leafType(element: SchemaElement): LeafType {
  switch (element.type) {
    case 'BOOLEAN':
      return { kind: 'boolean', json: 'raw' }
    case 'INT32':
      return { kind: 'fixed', width: 4, ...int32(element) }
    case 'INT64':
      return { kind: 'fixed', width: 8, ...int64(element) }
    case 'INT96':
      return { kind: 'fixed', width: 12, json: 'quoted', write: int96 }
    case 'FLOAT':
      return number(4, (view, at) => float32Text(view.getFloat32(at, true)))
    case 'DOUBLE':
      return number(8, (view, at) => doubleText(view.getFloat64(at, true)))
    case 'BYTE_ARRAY':
      if (isDecimal(element)) return { kind: 'variable', json: 'raw', write: decimal(element) }
      return { kind: 'bytes', isText: isText(element), width: null, json: 'text' }
    case 'FIXED_LEN_BYTE_ARRAY':
      return fixedBytes(element)
    default:
      throw new Damage(`column "${element.name}" has no type`)
  }
}

interface Written {
  readonly json: JsonForm
  readonly write: WriteValue
}

function int32(element: SchemaElement): Written {
  const { converted_type: converted, logical_type: logical } = element
  if (isDecimal(element)) {
    const scale = scaleOf(element)
    return {
      json: 'raw',
      write: (view, at, _length, out) => {
        writeDecimal(out, view.getInt32(at, true), scale)
      },
    }
  }
  if (converted === 'DATE' || logical?.type === 'DATE') {
    return {
      json: 'quoted',
      write: (view, at, _length, out) => {
        writeDate(out, view.getInt32(at, true))
      },
    }
  }
  if (converted === 'TIME_MILLIS' || logical?.type === 'TIME') {
    return {
      json: 'quoted',
      write: (view, at, _length, out) => {
        const ticks = view.getInt32(at, true)
        if (ticks < 0) throw new Damage('a time of day before midnight')
        writeTime(out, Math.floor(ticks / 1000), ticks % 1000, 3)
      },
    }
  }
  const unsigned = isUnsigned(element)
  return {
    json: 'raw',
    write: (view, at, _length, out) => {
      out.reserve(LONGEST)
      writeInteger(out, unsigned ? view.getUint32(at, true) : view.getInt32(at, true))
    },
  }
}

function int64(element: SchemaElement): Written {
  const { converted_type: converted, logical_type: logical } = element
  if (isDecimal(element)) {
    const scale = scaleOf(element)
    return {
      json: 'raw',
      write: (view, at, _length, out) => {
        writeDecimal(out, safeInt64(view, at) ?? view.getBigInt64(at, true), scale)
      },
    }
  }
  if (logical?.type === 'TIMESTAMP')
    return timestamp(FRACTION_DIGITS[logical.unit] ?? 6, logical.isAdjustedToUTC)
  // The older annotations are of moments in UTC.
  if (converted === 'TIMESTAMP_MILLIS') return timestamp(3, true)
  if (converted === 'TIMESTAMP_MICROS') return timestamp(6, true)
  if (logical?.type === 'TIME') return timeOfDay(FRACTION_DIGITS[logical.unit] ?? 6)
  if (converted === 'TIME_MICROS') return timeOfDay(6)
  const unsigned = isUnsigned(element)
  return {
    json: 'raw',
    write: (view, at, _length, out) => {
      const value = safeInt64(view, at)
      out.reserve(LONGEST)
      if (value !== null && (value >= 0 || !unsigned)) writeInteger(out, value)
      else
        writeAscii(out, String(unsigned ? view.getBigUint64(at, true) : view.getBigInt64(at, true)))
    },
  }
}

function timestamp(digits: FractionDigits, isUtc: boolean): Written {
  return {
    json: 'quoted',
    write: (view, at, _length, out) => {
      writeTimestamp(out, safeInt64(view, at) ?? view.getBigInt64(at, true), digits, isUtc)
    },
  }
}

function timeOfDay(digits: FractionDigits): Written {
  const perSecond = 10 ** digits
  return {
    json: 'quoted',
    write: (view, at, _length, out) => {
      const ticks = safeInt64(view, at)
      if (ticks === null || ticks < 0) throw new Damage('a time of day that is none')
      writeTime(out, Math.floor(ticks / perSecond), ticks % perSecond, digits)
    },
  }
}

/** The Julian day of 1970-01-01. */
const JULIAN_1970 = 2_440_588n
const NANOS_PER_DAY = 86_400_000_000_000n

/** Nanoseconds of a day and the day: what timestamps were before there was a type for them, without a zone. */
function int96(view: DataView, at: number, _length: number, out: CopyBuffer): void {
  const day = BigInt(view.getInt32(at + 8, true)) - JULIAN_1970
  writeTimestamp(out, day * NANOS_PER_DAY + view.getBigInt64(at, true), 9, false)
}

function fixedBytes(element: SchemaElement): LeafType {
  const { type_length: width, converted_type: converted, logical_type: logical } = element
  if (width === undefined || width <= 0)
    throw new Damage(`column "${element.name}" has values of no length`)
  if (isDecimal(element)) return { kind: 'fixed', width, json: 'raw', write: decimal(element) }
  if (logical?.type === 'UUID' && width === 16)
    return { kind: 'fixed', width, json: 'quoted', write: uuid }
  if (logical?.type === 'FLOAT16' && width === 2)
    return number(width, (view, at) => float16Text(float16(view.getUint16(at, true))))
  if (converted === 'INTERVAL' && width === 12) {
    return {
      kind: 'fixed',
      width,
      json: 'quoted',
      write: (view, at, _length, out) => {
        const part = (index: number): number => view.getUint32(at + 4 * index, true)
        writeInterval(out, part(0), part(1), part(2))
      },
    }
  }
  return { kind: 'bytes', isText: isText(element), width, json: 'text' }
}

function number(width: number, text: (view: DataView, at: number) => string): LeafType {
  return {
    kind: 'fixed',
    width,
    json: 'raw',
    write: (view, at, _length, out) => {
      writeAscii(out, text(view, at))
    },
  }
}

function decimal(element: SchemaElement): WriteValue {
  const scale = scaleOf(element)
  return (view, at, length, out) => {
    writeDecimal(out, bigEndian(view, at, length), scale)
  }
}

function uuid(view: DataView, at: number, _length: number, out: CopyBuffer): void {
  const hex = Buffer.from(view.buffer, view.byteOffset + at, 16).toString('hex')
  writeAscii(
    out,
    [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join(
      '-',
    ),
  )
}

function isDecimal(element: SchemaElement): boolean {
  return element.logical_type?.type === 'DECIMAL' || element.converted_type === 'DECIMAL'
}

/** More digits than any decimal has; a damaged footer may ask for billions. */
const MAX_SCALE = 1000

function scaleOf(element: SchemaElement): number {
  const { logical_type: logical } = element
  const scale = (logical?.type === 'DECIMAL' ? logical.scale : element.scale) ?? 0
  if (!(Math.abs(scale) <= MAX_SCALE))
    throw new Damage(`column "${element.name}" has decimals with ${scale} digits behind the point`)
  return scale
}

function isUnsigned({ converted_type: converted, logical_type: logical }: SchemaElement): boolean {
  return (
    converted?.startsWith('UINT_') === true || (logical?.type === 'INTEGER' && !logical.isSigned)
  )
}

const TEXTS = new Set<string | undefined>(['UTF8', 'ENUM', 'JSON', 'STRING'])

function isText({ converted_type: converted, logical_type: logical }: SchemaElement): boolean {
  return TEXTS.has(converted) || TEXTS.has(logical?.type)
}
