/**
 * The product's metrics by their definitions, without a thought of speed: sets of users, day by day.
 */
import type { MetricEvent, MetricUser } from './product-metrics-warehouse.js'

const DAY_MS = 86_400_000
const WEEK = 7
const MONTH = 28
const PLATFORMS = ['facebook', 'instagram', 'messenger', 'whatsapp', 'threads']
const NDAYS = [1, 3, 7, 14, 30]

/** Days since 1970. */
type Day = number
/** A row as numbers and text, by column. */
export type Row = Readonly<Record<string, string | number | boolean | null>>

/** What is known of users in the end. */
export interface KnownUser extends MetricUser {
  readonly isCurrent: boolean
}

const dayOf = (text: string): Day => Math.floor(Date.parse(text) / DAY_MS)
const textOf = (day: Day): string => new Date(day * DAY_MS).toISOString().slice(0, 10)
// The first of January 1970 was a Thursday.
const mondayOf = (day: Day): Day => day - ((((day + 3) % WEEK) + WEEK) % WEEK)
const range = (first: number, last: number, step = 1): readonly number[] =>
  Array.from(
    { length: Math.max(0, Math.floor((last - first) / step) + 1) },
    (_, i) => first + i * step,
  )
const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length
function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (index: number) => sorted[index] ?? Number.NaN
  const middle = (sorted.length - 1) / 2
  return sorted.length === 0 ? null : (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2
}
const ratio = (over: number, under: number): number | null => (under === 0 ? null : over / under)

/** Who was active when, on a platform or on any. */
class Activity {
  readonly #periods = new Map<number, Set<string>>()

  constructor(activities: readonly { readonly user: string; readonly period: number }[]) {
    for (const { user, period } of activities) {
      const users = this.#periods.get(period) ?? new Set<string>()
      this.#periods.set(period, users.add(user))
    }
  }

  in(period: number): ReadonlySet<string> {
    return this.#periods.get(period) ?? new Set()
  }

  within(first: number, last: number): ReadonlySet<string> {
    return new Set(range(first, last).flatMap((period) => [...this.in(period)]))
  }

  /** The newest period before another in which the user was active. */
  before(user: string, period: number): number | null {
    const earlier = [...this.#periods].filter(([each, users]) => each < period && users.has(user))
    return earlier.length === 0 ? null : Math.max(...earlier.map(([each]) => each))
  }
}

interface History {
  readonly events: readonly (MetricEvent & { readonly day: Day; readonly isActive: boolean })[]
  readonly users: ReadonlyMap<string, KnownUser>
  readonly firstDay: Day
  readonly lastDay: Day
}

/** The events of users who are known, each once. */
function historyOf(events: readonly MetricEvent[], users: readonly KnownUser[]): History {
  const byId = new Map(users.map((user) => [user.id, user]))
  const known = [...new Map(events.map((event) => [event.id, event])).values()]
    .filter((event) => byId.has(event.user))
    .map((event) => ({
      ...event,
      day: dayOf(event.at),
      isActive: !['ad_impression', 'session_end'].includes(event.type),
    }))
  const days = known.map((event) => event.day)
  return { events: known, users: byId, firstDay: Math.min(...days), lastDay: Math.max(...days) }
}

const eventsOn = ({ events }: History, platform: string) =>
  events.filter((event) => platform === 'all' || event.platform === platform)

const activityOn = (history: History, platform: string, of: (day: Day) => number): Activity =>
  new Activity(
    eventsOn(history, platform)
      .filter((event) => event.isActive)
      .map(({ user, day }) => ({ user, period: of(day) })),
  )

/** agg_daily_metrics. */
function dailyMetrics(history: History): readonly Row[] {
  return [...PLATFORMS, 'all'].flatMap((platform) => {
    const activity = activityOn(history, platform, (day) => day)
    return range(history.firstDay, history.lastDay).map((day) => {
      const events = eventsOn(history, platform).filter((event) => event.day === day)
      const ofType = (type: string) => events.filter((event) => event.type === type)
      const usersOf = (type: string) => new Set(ofType(type).map((event) => event.user)).size
      const inSession = events.filter((event) => event.session !== null)
      const sessions = new Set(inSession.map((event) => `${event.user} ${String(event.session)}`))
        .size
      const active = activity.in(day)
      const mau = activity.within(day - MONTH + 1, day).size
      return {
        date: textOf(day),
        platform,
        dau: active.size,
        wau: activity.within(day - WEEK + 1, day).size,
        mau,
        stickiness: ratio(active.size, mau),
        new_users: [...active].filter((user) => history.users.get(user)?.signup === textOf(day))
          .length,
        total_events: events.length,
        total_sessions: sessions,
        likes: ofType('like').length,
        content_views: ofType('content_view').length,
        avg_session_events: ratio(inSession.length, sessions),
        ad_ctr: ratio(ofType('ad_click').length, ofType('ad_impression').length),
        viewers: usersOf('content_view'),
        likers: usersOf('like'),
      }
    })
  })
}

/** agg_growth_daily and agg_growth_weekly, with `period` for the day or the week. */
function growth(history: History, length: number, of: (day: Day) => Day): readonly Row[] {
  return [...PLATFORMS, 'all'].flatMap((platform) => {
    const activity = activityOn(history, platform, of)
    return range(of(history.firstDay), history.lastDay, length).map((period) => {
      const active = [...activity.in(period)]
      const before = activity.in(period - length)
      const isNew = (user: string) => of(dayOf(history.users.get(user)?.signup ?? '')) === period
      const resurrected = active.filter((user) => !isNew(user) && !before.has(user))
      const newUsers = active.filter(isNew)
      const churned = [...before].filter((user) => !active.includes(user)).length
      const gained = newUsers.length + resurrected.length
      const gaps = resurrected.flatMap((user) => {
        const previous = activity.before(user, period)
        return previous === null ? [] : [(period - previous) / length]
      })
      return {
        period: textOf(period),
        platform,
        active_users: active.length,
        new_users: newUsers.length,
        retained_users: active.filter((user) => !isNew(user) && before.has(user)).length,
        resurrected_users: resurrected.length,
        churned_users: churned,
        quick_ratio: ratio(gained, churned),
        net_users: gained - churned,
        early_users: newUsers.filter((user) => before.has(user)).length,
        avg_resurrection_gap: mean(gaps),
        median_resurrection_gap: median(gaps),
      }
    })
  })
}

/** agg_retention_cohorts. */
function retention(history: History): readonly Row[] {
  const activity = activityOn(history, 'all', mondayOf)
  const users = [...history.users.values()]
  const platforms = new Set(['all', ...users.map((user) => user.platform)])
  const weeks = new Set(users.map((user) => mondayOf(dayOf(user.signup))))
  return [...weeks].flatMap((cohort) =>
    [...platforms].flatMap((platform) => {
      const members = users.filter(
        (user) =>
          mondayOf(dayOf(user.signup)) === cohort &&
          (platform === 'all' || user.platform === platform),
      )
      if (members.length === 0) return []
      return range(mondayOf(history.firstDay), history.lastDay, WEEK)
        .filter((week) => week >= cohort)
        .map((week) => {
          const retained = members.filter((user) => activity.in(week).has(user.id)).length
          return {
            cohort_week: textOf(cohort),
            platform,
            weeks_since_signup: (week - cohort) / WEEK,
            cohort_size: members.length,
            retained_users: retained,
            retention_rate: Math.round((retained / members.length) * 10_000) / 10_000,
            is_complete: week >= history.firstDay && week + WEEK - 1 <= history.lastDay,
          }
        })
    }),
  )
}

/** rpt_nday_retention. */
function ndayRetention(history: History): readonly Row[] {
  const activity = activityOn(history, 'all', (day) => day)
  const users = [...history.users.values()]
  return [...new Set(users.map((user) => dayOf(user.signup)))].flatMap((signup) =>
    NDAYS.filter((n) => signup >= history.firstDay && signup + n <= history.lastDay).map((n) => {
      const members = users.filter((user) => dayOf(user.signup) === signup)
      const retained = members.filter((user) => activity.in(signup + n).has(user.id)).length
      return {
        cohort_date: textOf(signup),
        day_number: n,
        eligible_users: members.length,
        retained_users: retained,
        retention_rate: Math.round((retained / members.length) * 10_000) / 10_000,
      }
    }),
  )
}

/** agg_user_engagement, for so many last days. */
function engagement(history: History, days: number): readonly Row[] {
  const activity = activityOn(history, 'all', (day) => day)
  const current = [...history.users.values()].filter((user) => user.isCurrent)
  return range(Math.max(history.firstDay, history.lastDay - days + 1), history.lastDay).flatMap(
    (day) =>
      current.map(({ id }) => {
        const events = (length: number) =>
          history.events.filter(
            (event) => event.user === id && event.day > day - length && event.day <= day,
          )
        const activeDays = (length: number) =>
          new Set(events(length).flatMap((event) => (event.isActive ? [event.day] : []))).size
        const platforms = new Set(
          events(WEEK).flatMap((event) => (event.isActive ? [event.platform] : [])),
        ).size
        const last = activity.before(id, day + 1)
        const recency = last === null ? 0 : Math.max(0, 100 - 10 * (day - last))
        const score =
          0.3 * recency +
          (0.3 * 100 * activeDays(WEEK)) / WEEK +
          0.2 * 20 * platforms +
          0.2 * Math.min(100, 2 * events(WEEK).length)
        return {
          user_id: id,
          date: textOf(day),
          l1_active: activeDays(1) > 0,
          l7_days_active: activeDays(WEEK),
          l28_days_active: activeDays(MONTH),
          total_events_l7: events(WEEK).length,
          total_events_l28: events(MONTH).length,
          platforms_used_l7: platforms,
          days_since_last_activity: last === null ? null : day - last,
          // Halves go up, as they do in the database: binary fractions must not make less of them.
          engagement_score: Math.round(score * 10 + 1e-9) / 10,
        }
      }),
  )
}

/** The steps of the funnel that users did in order, by day and platform: rpt_funnel where `is_ordered`. */
function orderedFunnel(history: History): readonly Row[] {
  const steps = ['content_view', 'like', 'comment', 'share', 'content_create']
  return [...PLATFORMS, 'all'].flatMap((platform) =>
    range(history.firstDay, history.lastDay).flatMap((day) => {
      const events = eventsOn(history, platform)
        .filter((event) => event.day === day)
        .sort((a, b) => (`${a.at} ${a.id}` < `${b.at} ${b.id}` ? -1 : 1))
      if (events.length === 0) return []
      const reached = new Map<string, number>()
      for (const { user, type } of events) {
        const done = reached.get(user) ?? 0
        if (type === steps[done]) reached.set(user, done + 1)
      }
      return steps.map((_, index) => ({
        date: textOf(day),
        platform,
        step_number: index + 1,
        users: [...reached.values()].filter((done) => done > index).length,
      }))
    }),
  )
}

/** What the warehouse must have, by relation (and a condition on it). */
export function metricsOf(
  events: readonly MetricEvent[],
  users: readonly KnownUser[],
  engagementDays: number,
): Readonly<Record<string, readonly Row[]>> {
  const history = historyOf(events, users)
  return {
    'product.agg_daily_metrics': dailyMetrics(history),
    'product.agg_growth_daily': growth(history, 1, (day) => day).map(({ period, ...rest }) => ({
      date: period ?? null,
      ...rest,
    })),
    'product.agg_growth_weekly': growth(history, WEEK, mondayOf).map(({ period, ...rest }) => ({
      week_start: period ?? null,
      ...rest,
    })),
    'product.agg_retention_cohorts': retention(history),
    'product.rpt_nday_retention': ndayRetention(history),
    'product.agg_user_engagement': engagement(history, engagementDays),
    'product.rpt_funnel where is_ordered': orderedFunnel(history),
  }
}
