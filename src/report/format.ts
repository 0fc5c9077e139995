/**
 * Numbers and durations as people read them.
 */

/** `0.04s`, `3.2s`, `1m 05s`, `2h 03m`. */
export function formatDuration(ms: number): string {
  if (ms < 995) return `${(ms / 1000).toFixed(2)}s`
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)}s`
  const seconds = Math.round(ms / 1000)
  const pad = (n: number): string => String(n).padStart(2, '0')
  return seconds < 3600
    ? `${Math.floor(seconds / 60)}m ${pad(seconds % 60)}s`
    : `${Math.floor(seconds / 3600)}h ${pad(Math.floor(seconds / 60) % 60)}m`
}

/** `12,345`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US')
}

/** `1 row`, `2 rows`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`
}
