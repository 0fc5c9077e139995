import { codesByWeight } from '../stream-random.js'

/** Apps with their shares of all rows in ten thousandths and the categories that they belong to, as in the real logs. */
export const apps = [
  ['CHANNEL', 9028, 'TV'],
  ['VOD', 517, 'Movie'],
  ['CHILD', 208, 'Child'],
  ['KPLUS', 176, 'TV'],
  ['RELAX', 44, 'Relax'],
  ['SPORT', 20, 'Sport'],
  ['FIMS', 7, 'Movie'],
] as const

/** A list of ten thousand codes, each as often as its share. */
export const appByShare = codesByWeight(apps.map(([, share]) => share))

/** Apps that no list has. */
export const unknownApps = ['GAMES', 'KARAOKE'] as const

/** Prefixes of contracts: provinces. */
export const regions = [
  ...['HN', 'SG', 'BD', 'DN', 'HP', 'AG', 'BI', 'DT', 'CT', 'QN', 'TH', 'NA'],
  ...['VT', 'LA', 'KH', 'HU', 'LD', 'GL', 'TG', 'BT', 'VL', 'ST', 'TV', 'CM'],
] as const

/** First halves of MAC addresses: makers of boxes. */
export const makers = [
  ...['0C96E6', 'E4AB89', 'B84DEE', '501395', 'C89346', '202BC1', '001A34', 'D0F865'],
  ...['7C1C68', 'A0648F', '88D7F6', '9C0CDF', '4CEBBD', '6CD032', 'F46942', '38D57A'],
] as const

/** What some contracts are called instead, with the quality that a warehouse finds in it. */
export const misnomers = {
  PAYTV: 'placeholder',
  NONFPT: 'placeholder',
  address: 'ip',
  digits: 'bad_format',
} as const

/** How many seconds a row has at most: what a day has. */
export const longest = 86_400

/** Seconds by share of rows, with straight lines between: the quartiles and the end of the real logs. */
const quantiles = [
  [0, 1],
  [0.25, 1028],
  [0.5, 6702],
  [0.75, 18_322],
  [0.95, 76_609],
  [0.985, longest],
  [1, longest],
] as const

/** The seconds below which this share of rows lies. */
export function durationAt(share: number): number {
  const above = quantiles.findIndex(([at]) => at > share)
  const [toShare, to] = quantiles[above] ?? quantiles[6]
  const [fromShare, from] = quantiles[Math.max(0, above - 1)] ?? quantiles[0]
  return Math.floor(from + ((share - fromShare) / (toShare - fromShare)) * (to - from))
}
