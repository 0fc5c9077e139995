/** Dates and times as text, by ISO 8601. */
import type { CopyBuffer } from '../copy-buffer.js'
import { writeAscii, writeDigits } from './number-text.js'

/** Digits behind the seconds, by unit. */
export type FractionDigits = 3 | 6 | 9

const SECONDS_PER_DAY = 86_400

/** Longest text that is written here, in bytes, generously. */
const LONGEST = 64

const HYPHEN = 0x2d
const COLON = 0x3a
const POINT = 0x2e

const BEFORE_CHRIST = ' BC'

/** Writes a day: `2025-01-31`; before the year 1 as PostgreSQL reads it: `0044-03-15 BC`. */
export function writeDate(out: CopyBuffer, daysSince1970: number): void {
  if (writeDay(out, daysSince1970) <= 0) writeAscii(out, BEFORE_CHRIST)
}

/** Writes a day without its era; gives the year, where 0 is the one before the year 1. */
function writeDay(out: CopyBuffer, daysSince1970: number): number {
  out.reserve(LONGEST)
  // Days since 0000-03-01, in eras of 400 years, which all have the same days; years begin in March here.
  const days = daysSince1970 + 719_468
  const era = Math.floor(days / 146_097)
  const dayOfEra = days - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + (yearOfEra >> 2) - Math.floor(yearOfEra / 100))
  const march = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * march + 2) / 5) + 1
  const month = march < 10 ? march + 3 : march - 9
  const year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
  writeDigits(out, year > 0 ? year : 1 - year, 4)
  out.bytes[out.at++] = HYPHEN
  writeDigits(out, month, 2)
  out.bytes[out.at++] = HYPHEN
  writeDigits(out, day, 2)
  return year
}

/**
 * Writes a time of day: `12:05:00.123`. The fraction has 3, 6 or 9 digits, as few as say all, or none.
 * @param fraction in units of 10^-digits of a second
 */
export function writeTime(
  out: CopyBuffer,
  seconds: number,
  fraction: number,
  digits: FractionDigits,
): void {
  out.reserve(LONGEST)
  writeDigits(out, Math.floor(seconds / 3600), 2)
  out.bytes[out.at++] = COLON
  writeDigits(out, Math.floor(seconds / 60) % 60, 2)
  out.bytes[out.at++] = COLON
  writeDigits(out, seconds % 60, 2)
  if (fraction === 0) return
  let shown: number = digits
  let value = fraction
  while (value % 1000 === 0) {
    value /= 1000
    shown -= 3
  }
  out.bytes[out.at++] = POINT
  writeDigits(out, value, shown)
}

/**
 * Writes a moment: `2025-01-31T12:05:00.123Z`.
 * @param ticks since 1970, in units of 10^-digits of a second
 */
export function writeTimestamp(
  out: CopyBuffer,
  ticks: number | bigint,
  digits: FractionDigits,
  isUtc: boolean,
): void {
  const [seconds, fraction] = splitSeconds(ticks, digits)
  const days = Math.floor(seconds / SECONDS_PER_DAY)
  const year = writeDay(out, days)
  out.bytes[out.at++] = 0x54
  writeTime(out, seconds - days * SECONDS_PER_DAY, fraction, digits)
  if (isUtc) out.bytes[out.at++] = 0x5a
  if (year <= 0) writeAscii(out, BEFORE_CHRIST)
}

/** Ticks as whole seconds, rounded down, and the ticks that are left. */
function splitSeconds(
  ticks: number | bigint,
  digits: FractionDigits,
): readonly [seconds: number, fraction: number] {
  if (typeof ticks === 'number') {
    const perSecond = 10 ** digits
    const seconds = Math.floor(ticks / perSecond)
    // Near 2^53 the division may round up to the next second.
    const fraction = ticks - seconds * perSecond
    return fraction < 0 ? [seconds - 1, fraction + perSecond] : [seconds, fraction]
  }
  const perSecond = 10n ** BigInt(digits)
  const fraction = ((ticks % perSecond) + perSecond) % perSecond
  return [Number((ticks - fraction) / perSecond), Number(fraction)]
}

/** Writes a span of months, days and milliseconds: `P1M2DT3.004S`. */
export function writeInterval(
  out: CopyBuffer,
  months: number,
  days: number,
  milliseconds: number,
): void {
  const fraction =
    milliseconds % 1000 === 0 ? '' : `.${String(milliseconds % 1000).padStart(3, '0')}`
  writeAscii(out, `P${months}M${days}DT${Math.floor(milliseconds / 1000)}${fraction}S`)
}
