/** What the profiles of customers are, written down once more and plainly, to compare the warehouse with. */

/** A viewing with which nothing is wrong. */
export interface KnownViewing {
  readonly day: string
  readonly id: string
  readonly contract: string
  readonly mac: string
  readonly app: string
  readonly seconds: number
}

const CATEGORY: Readonly<Record<string, string>> = {
  CHANNEL: 'TV',
  KPLUS: 'TV',
  VOD: 'Movie',
  RELAX: 'Relax',
  CHILD: 'Child',
  SPORT: 'Sport',
}
const IN_ORDER = ['Relax', 'Movie', 'Child', 'Sport', 'TV']

/** A value between the two that are nearest, as percentile_cont has it. */
function quantile(sorted: readonly number[], fraction: number): number {
  const place = (sorted.length - 1) * fraction
  const below = sorted[Math.floor(place)] ?? 0
  const above = sorted[Math.ceil(place)] ?? 0
  return below + (above - below) * (place - Math.floor(place))
}

function clinginess(level: string, days: number): string {
  if (level === 'Low') return days > 20 ? 'Medium' : 'Low'
  if (level === 'High') return days > 10 ? 'High' : 'Medium'
  if (days > 20) return 'High'
  return days > 10 ? 'Medium' : 'Low'
}

/** The profiles of a period, by contract. */
export function profilesOf(
  viewings: readonly KnownViewing[],
  { from, to }: { readonly from: string; readonly to: string },
) {
  const daysInPeriod = (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1
  const inPeriod = viewings.filter(({ day }) => day >= from && day <= to)
  const contracts = [...new Set(inPeriod.map(({ contract }) => contract))].sort()
  const totals = contracts.map((contract) => {
    const own = inPeriod.filter((viewing) => viewing.contract === contract)
    const seconds = (category: string) =>
      own
        .filter(({ app }) => (CATEGORY[app] ?? 'Others') === category)
        .reduce((sum, viewing) => sum + viewing.seconds, 0)
    return { contract, own, seconds, total: own.reduce((sum, each) => sum + each.seconds, 0) }
  })
  const sorted = totals.map(({ total }) => total).sort((a, b) => a - b)
  return totals.map(({ contract, own, seconds, total }) => {
    const watched = IN_ORDER.filter((category) => seconds(category) > 0)
    // The first of the largest stays.
    const most = watched.reduce<string | null>(
      (best, each) => (best === null || seconds(each) > seconds(best) ? each : best),
      null,
    )
    const days = new Set(own.map(({ day }) => day)).size
    const level =
      total < quantile(sorted, 0.25) ? 'Low' : total > quantile(sorted, 0.75) ? 'High' : 'Medium'
    return {
      contract,
      tv_duration: seconds('TV'),
      movie_duration: seconds('Movie'),
      child_duration: seconds('Child'),
      relax_duration: seconds('Relax'),
      sport_duration: seconds('Sport'),
      others_duration: seconds('Others'),
      total_duration: total,
      most_watch: most,
      taste: watched.length === 0 ? null : watched.join('-'),
      active_days: days,
      activeness_pct: Math.round((days / daysInPeriod) * 10_000) / 100,
      usage_level: level,
      clinginess: clinginess(level, days),
    }
  })
}
