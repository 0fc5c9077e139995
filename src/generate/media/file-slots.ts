import { daySeconds, formatDay, isoWeek, weekday } from '../calendar.js'
import type { MediaOptions } from './options.js'

/** A stretch of time whose rows go into one file. */
export interface FileSlot {
  /** Folder below `media/`, named for the period: `2026-11-20`, `2026-W47` or `2026-11`. */
  readonly folder: string
  /** The second at which the slot is over. */
  readonly end: number
  /** The second at which its period is over and the next folder begins. */
  readonly periodEnd: number
}

/** First day of a period and of the one after it, for the period that has a given day. */
function periodBounds(period: MediaOptions['period'], day: number): readonly [number, number] {
  switch (period) {
    case 'day':
      return [day, day + 1]
    case 'week': {
      const monday = day - weekday(day)
      return [monday, monday + 7]
    }
    case 'month': {
      const date = new Date(day * daySeconds * 1000)
      const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()]
      const toDays = (milliseconds: number): number => milliseconds / (daySeconds * 1000)
      return [toDays(Date.UTC(year, month, 1)), toDays(Date.UTC(year, month + 1, 1))]
    }
  }
}

function folderName(period: MediaOptions['period'], day: number): string {
  if (period === 'week') return isoWeek(day)
  return formatDay(day).slice(0, period === 'day' ? 10 : 7)
}

/**
 * The slot of an instant, in seconds since 1970-01-01.
 * @param cut an instant at which a new file begins in any case
 */
export function fileSlot(
  { period, filesPerPeriod }: MediaOptions,
  second: number,
  cut: number,
): FileSlot {
  const day = Math.floor(second / daySeconds)
  const [first, next] = periodBounds(period, day)
  const start = first * daySeconds
  const periodEnd = next * daySeconds
  const length = periodEnd - start
  const part = Math.floor(((second - start) * filesPerPeriod) / length)
  const end = start + Math.ceil(((part + 1) * length) / filesPerPeriod)
  return {
    folder: folderName(period, day),
    end: second < cut ? Math.min(end, cut) : end,
    periodEnd,
  }
}
