/**
 * Figures over repeated measurements, and how they are written.
 */

/** The median; of an even number of values, the mean of the middle two. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/**
 * How many times as long `slow` took as `fast`: the median of the ratios of the rounds, since the two
 * of a round ran next to each other, with what else the machine did at that time in both.
 */
export function ratio(slow, fast) {
  return median(slow.map((value, round) => value / fast[round]))
}

/** Milliseconds as `1.234 s (1.200 to 1.400)`: the median, the smallest and the largest. */
export function spread(values) {
  const text = (ms) => (ms / 1000).toFixed(ms < 10_000 ? 3 : 2)
  return `${text(median(values))} s (${text(Math.min(...values))} to ${text(Math.max(...values))})`
}

/** A ratio as `12.3x (11.0x to 13.1x)`. */
export function ratioText(slow, fast) {
  const ratios = slow.map((value, round) => value / fast[round])
  const text = (value) => `${value.toFixed(value < 10 ? 2 : 1)}x`
  return `${text(median(ratios))} (${text(Math.min(...ratios))} to ${text(Math.max(...ratios))})`
}

/** Rows of texts as a Markdown table. */
export function markdownTable(head, rows) {
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}
