import { hashShare } from '../stream-random.js'
import type { TvOptions } from './options.js'

/** The days that have a file, in their order: those that are missing are neither the first nor the last. */
export function loggedDays({ firstDay, days, missingDays, seed }: TvOptions): readonly number[] {
  const inner = Array.from({ length: Math.max(0, days - 2) }, (_, index) => firstDay + 1 + index)
  const lots = new Map(inner.map((day) => [day, hashShare(seed, day, 5)]))
  const missing = [...inner].sort((a, b) => (lots.get(a) ?? 0) - (lots.get(b) ?? 0) || a - b)
  const gone = new Set(missing.slice(0, missingDays))
  return Array.from({ length: days }, (_, index) => firstDay + index).filter(
    (day) => !gone.has(day),
  )
}
