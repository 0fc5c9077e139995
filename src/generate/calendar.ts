/**
 * Dates as whole days since 1970-01-01 and instants as whole seconds, all in UTC: integers, so that
 * neither the machine's zone nor its clock can enter a generated file.
 */

/** Seconds in a day. */
export const daySeconds = 86_400

/** A date `YYYY-MM-DD` as days since 1970-01-01; undefined if there is no such date. */
export function parseDay(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined
  const milliseconds = Date.parse(`${text}T00:00:00Z`)
  if (Number.isNaN(milliseconds)) return undefined
  const day = milliseconds / (daySeconds * 1000)
  // `Date` takes 30 February for 2 March; a date that doesn't come back as it went in isn't one.
  return formatDay(day) === text ? day : undefined
}

/** The day that was formatted last: rows come a day at a time, and `Date` is slow. */
const lastFormatted = { day: Number.NaN, text: '' }

/** Days since 1970-01-01 as `YYYY-MM-DD`. */
export function formatDay(day: number): string {
  if (lastFormatted.day !== day) {
    lastFormatted.text = new Date(day * daySeconds * 1000).toISOString().slice(0, 10)
    lastFormatted.day = day
  }
  return lastFormatted.text
}

const twoDigits = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'))

/** Seconds since 1970-01-01 as `YYYY-MM-DDTHH:MM:SSZ`. */
export function formatInstant(second: number): string {
  const day = Math.floor(second / daySeconds)
  const rest = second - day * daySeconds
  const hour = twoDigits[Math.floor(rest / 3600)] ?? ''
  const minute = twoDigits[Math.floor(rest / 60) % 60] ?? ''
  return `${formatDay(day)}T${hour}:${minute}:${twoDigits[rest % 60] ?? ''}Z`
}

/** Day of the week, 0 for Monday to 6 for Sunday. */
export function weekday(day: number): number {
  // 1970-01-01 was a Thursday.
  return (day + 3) % 7
}

/** The ISO week of a day as `YYYY-Www`; its year is the one that has the week's Thursday. */
export function isoWeek(day: number): string {
  const thursday = day - weekday(day) + 3
  const year = formatDay(thursday).slice(0, 4)
  const newYear = Date.UTC(Number(year), 0, 1) / (daySeconds * 1000)
  const week = Math.floor((thursday - newYear) / 7) + 1
  return `${year}-W${String(week).padStart(2, '0')}`
}
