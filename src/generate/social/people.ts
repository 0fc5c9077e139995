import { scramble } from '../bits.js'
import { weightedPick } from '../random.js'

/** The kinds of posts, about as frequent as in the real export. */
export const pickPostType = weightedPick([
  ['InstagramPost', 66],
  ['FacebookPost', 21],
  ['PinterestPost', 10],
  ['TwitterPost', 1.3],
  ['InstagramStory', 1],
  ['LinkedinPost', 0.4],
  ['TikTokPost', 0.3],
])

/** An amount, and how the export writes it. */
export interface Price {
  readonly cents: number
  readonly text: string
}

/** What an invoice is of. */
export const pickPrice = weightedPick<Price>([
  [{ cents: 1900, text: '19.0' }, 30],
  [{ cents: 900, text: '9.0' }, 22],
  [{ cents: 1500, text: '15.0' }, 16],
  [{ cents: 2500, text: '25.0' }, 9],
  [{ cents: 8001, text: '80.01' }, 6],
  [{ cents: 0, text: '0.0' }, 4],
  // With the noise of binary fractions.
  [{ cents: 581, text: '5.8100000000000005' }, 7],
])

/** An id as the exports have it: a signed number of 64 bits. The same numbers give the same id. */
export function signedId(kind: number, number: number, seed: number): string {
  const salt = scramble(seed ^ Math.imul(kind, 0x9e3779b1))
  const high = BigInt(scramble(number ^ salt))
  const low = BigInt(scramble(number ^ scramble(salt)))
  return BigInt.asIntN(64, (high << 32n) | low).toString()
}

/** What kinds of ids there are. */
export const idKinds = { user: 1, subscription: 2, profile: 3, post: 4, media: 5 } as const
