import { mixPair, type StreamRandom } from '../stream-random.js'
import type { Contract } from './contracts.js'
import { appByShare, durationAt, longest } from './vocabulary.js'

/** A row of a log, before any dirt. */
export interface View {
  readonly id: string
  readonly contract: string
  readonly mac: string
  readonly app: number
  readonly seconds: number
}

/** Share of rows with a contract's favourite app; the others are drawn by the shares of all. */
const ofFavourite = 0.5

/** How likely a box is used with a second app, and a further box at all. */
const secondApp = 0.13
const furtherBox = 0.5

/** How much a contract's days differ, as a share of all rows. */
const spread = 0.2

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** What was watched with a contract on a day: a row for each box and app. */
export function viewsOf(
  random: StreamRandom,
  seed: number,
  contract: Contract,
  day: number,
): readonly View[] {
  if (day < contract.firstDay || day > contract.lastDay) return []
  if (!random.chance(contract.watching)) return []
  const views: View[] = []
  for (const [box, mac] of contract.macs.entries()) {
    if (box > 0 && !random.chance(furtherBox)) continue
    const first = appOf(random, contract)
    const second = random.chance(secondApp) ? appOf(random, contract) : first
    let left = longest
    for (const app of first === second ? [first] : [first, second]) {
      const seconds = Math.min(left, duration(random, contract))
      if (seconds === 0) continue
      left -= seconds
      const isNameless = contract.nameless > 0 && random.chance(contract.nameless)
      views.push({
        id: idOf(seed, contract.number, day * 64 + views.length),
        contract: isNameless ? '0' : contract.name,
        ...{ mac, app, seconds },
      })
    }
  }
  return views
}

function appOf(random: StreamRandom, { favourite }: Contract): number {
  if (random.chance(ofFavourite)) return favourite
  return appByShare[random.below(appByShare.length)] ?? 0
}

/** Near what the contract is used to; thrown back at the ends, so that all contracts together keep to the shares. */
function duration(random: StreamRandom, { patience }: Contract): number {
  const share = Math.abs(patience + spread * (2 * random.next() - 1))
  return durationAt(share < 1 ? share : Math.min(2 - share, 1 - 1e-9))
}

/** Twenty characters as the search engine makes them; different for every row, for they hold two different words whole. */
function idOf(seed: number, contract: number, dayAndPlace: number): string {
  const [high, low] = mixPair(contract, dayAndPlace, seed ^ 0x1f83d9ab)
  const [more, rest] = mixPair(high, low, 0x5be0cd19)
  let id = ''
  for (const [word, upTo] of [
    [high, 5],
    [low, 5],
    [more, 5],
    [rest, 3],
  ] as const) {
    for (let place = 0; place < upTo; place++) id += letters[(word >>> (place * 6)) & 63] ?? ''
  }
  // The two bits of each word that are left.
  const last = (high >>> 30) | ((low >>> 30) << 2) | ((more >>> 30) << 4)
  return `${id}${letters[last] ?? ''}${letters[rest >>> 26] ?? ''}`
}
