import { weekday } from '../calendar.js'
import { codesByWeight, type StreamRandom } from '../stream-random.js'
import type { EventBatch, UserDay } from './event-batch.js'
import { attribute, isListed, isPausing } from './person.js'
import { codesByShare, eventTypes, platforms } from './vocabulary.js'

/** Of each segment: events of a day, fewest and most, and how likely a day has any once the first weeks are over. */
const habits = [
  { fewest: 20, most: 50, lasting: 0.95 },
  { fewest: 5, most: 20, lasting: 0.7 },
  { fewest: 1, most: 5, lasting: 0.35 },
  { fewest: 0, most: 1, lasting: 0.08 },
] as const

/** How much more often users come at a weekend, and how much more they do then. */
const weekendVisits = 1.06
const weekendEvents = 1.2

/** Share of events on the platform that the user prefers. */
const onPrimary = 0.7

/** The hour of a visit, each as often as it is here. */
const hourOf = codesByWeight([
  2, 1, 1, 0, 0, 1, 2, 4, 5, 5, 4, 4, 6, 5, 4, 4, 5, 6, 7, 8, 9, 8, 6, 3,
])
const typeOf = codesByShare(eventTypes)

/** Whether a user does anything on a day. Interest fades fast after the first day, and then stays. */
export function visits(
  random: StreamRandom,
  seed: number,
  { person, attributes, day }: UserDay,
): boolean {
  if (!isListed(person, day) || day >= person.leavesDay) return false
  const { lasting } = habits[attributes[attribute.segment]] ?? habits[3]
  const age = day - person.signupDay
  const likely = age === 0 ? 0.97 : lasting + (1 - lasting) / (1 + 2 * age)
  const weekly = isWeekend(day) ? weekendVisits : 1
  const paused = age > 0 && isPausing(seed, person, day) ? 0.1 : 1
  return random.chance(likely * weekly * paused)
}

/**
 * Adds what a user does on a day: some visits of an hour each, at most.
 * @param onRow called with each row as soon as it is there
 */
export function addDay(
  random: StreamRandom,
  batch: EventBatch,
  userDay: UserDay,
  onRow: (row: number, type: number) => void,
): void {
  const { attributes, day } = userDay
  const { fewest, most } = habits[attributes[attribute.segment]] ?? habits[3]
  const uplift = isWeekend(day) ? weekendEvents : 1
  const events = Math.floor(random.between(fewest, most) * uplift + random.next())
  if (events === 0) return
  batch.startUserDay(userDay)
  const hours = visitHours(random, 1 + Math.floor(events / 8) + random.below(2), events)
  let place = 0
  for (const [index, hour] of hours.entries()) {
    const until = Math.floor((events * (index + 1)) / hours.length)
    const start = random.below(1800)
    const pace = ((3600 - start) / Math.max(1, until - place)) * (0.2 + 0.8 * random.next())
    for (let step = 0; place < until; step++, place++) {
      const second = hour * 3600 + start + Math.floor((step + random.next()) * pace)
      const type = typeOf[random.below(100)] ?? 0
      const platform = platformOf(random, attributes[attribute.platform])
      onRow(batch.add(userDay, place, second, type, platform), type)
    }
  }
}

/** Different hours, in their order. */
function visitHours(random: StreamRandom, wanted: number, most: number): readonly number[] {
  const hours = new Set<number>()
  for (let draw = Math.min(wanted, most); draw > 0; draw--) {
    hours.add(hourOf[random.below(hourOf.length)] ?? 0)
  }
  return [...hours].sort((a, b) => a - b)
}

/** Mostly the preferred one, the others equally often. */
function platformOf(random: StreamRandom, primary: number): number {
  if (random.chance(onPrimary)) return primary
  return (primary + 1 + random.below(platforms.length - 1)) % platforms.length
}

function isWeekend(day: number): boolean {
  return weekday(day) >= 5
}
