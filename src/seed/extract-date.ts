/** The days of full extracts. */

const DATE = /(?<!\d)(\d{4})(-?)(\d{2})\2(\d{2})(?!\d)/g

/**
 * The day of an extract by its path: the first date in it, `2026-01-31` or `20260131`.
 * @returns `YYYY-MM-DD`; null if there is none
 */
export function extractDateOf(path: string): string | null {
  for (const [, year, , month, day] of path.matchAll(DATE)) {
    const date = `${year ?? ''}-${month ?? ''}-${day ?? ''}`
    if (isDate(date)) return date
  }
  return null
}

function isDate(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text) && text >= '0001'
}
