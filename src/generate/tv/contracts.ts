import { hex, scramble } from '../bits.js'
import { StreamRandom } from '../stream-random.js'
import type { TvOptions } from './options.js'
import { appByShare, makers, misnomers, regions } from './vocabulary.js'

/** A contract: everything about it follows from its number. */
export interface Contract {
  readonly number: number
  /** What the log calls it. */
  readonly name: string
  /** What a warehouse finds its name to be. */
  readonly quality: 'valid' | (typeof misnomers)[Misnomer]
  /** Share of its rows that have `0` for a contract. */
  readonly nameless: number
  readonly macs: readonly string[]
  /** How likely somebody watches on a day. */
  readonly watching: number
  /** The app that is used more often than its share. */
  readonly favourite: number
  /** How long they watch, as a share of all rows with less. */
  readonly patience: number
  /** First and last day with the contract. */
  readonly firstDay: number
  readonly lastDay: number
}

type Misnomer = keyof typeof misnomers
const misnomerNames = Object.keys(misnomers) as readonly Misnomer[]

/** How likely somebody watches, and how many contracts in a hundred are such. */
const watchers = [
  [0.95, 50],
  [0.7, 75],
  [0.35, 90],
  [0.1, 100],
] as const

/** Makes the contracts. */
export class Contracts {
  readonly #options: TvOptions
  readonly #random = new StreamRandom()
  readonly #digits: number

  constructor(options: TvOptions) {
    this.#options = options
    this.#digits = Math.max(6, String(Math.ceil(options.users / regions.length)).length)
  }

  /** The contract with this number, from 0. */
  contract(number: number): Contract {
    const { seed, firstDay, days } = this.#options
    const random = this.#random.start(seed ^ 0x2f0b4c47, number, 0)
    const lot = random.below(100)
    const watching = watchers.find(([, upTo]) => lot < upTo)?.[0] ?? 0
    // A tenth joins on the way, a twentieth leaves.
    const joins = random.chance(0.1) ? random.below(days) : 0
    const leaves = random.chance(0.05) ? random.below(days) : days
    const misnomer = random.chance(0.007) ? random.pick(misnomerNames) : undefined
    return {
      number,
      name: misnomer === undefined ? this.#name(number) : misname(misnomer, random),
      quality: misnomer === undefined ? 'valid' : misnomers[misnomer],
      nameless: random.chance(0.17) ? 0.27 : 0,
      macs: this.#macs(number, random),
      watching,
      favourite: appByShare[random.below(appByShare.length)] ?? 0,
      patience: random.next(),
      firstDay: firstDay + joins,
      lastDay: firstDay + Math.max(joins, leaves),
    }
  }

  /** Two to four capitals and a number; no two contracts have the same. */
  #name(number: number): string {
    const place = number % regions.length
    const serial = Math.floor(number / regions.length)
    const letters = ['H', 'D', 'FD', ''][serial % 4] ?? ''
    // Steps of a prime that the modulus does not share: every serial number once.
    const modulus = 10 ** this.#digits
    const start = scramble(this.#options.seed ^ scramble(place)) % modulus
    const shuffled = (serial * 7919 + start) % modulus
    return `${regions[place] ?? ''}${letters}${String(shuffled).padStart(this.#digits, '0')}`
  }

  /** One box in nine cases of ten, up to six otherwise. */
  #macs(number: number, random: StreamRandom): readonly string[] {
    const boxes = random.chance(0.11) ? 2 + Math.floor(random.next() ** 3 * 5) : 1
    return Array.from({ length: boxes }, (_, box) => this.#mac(number * 8 + box))
  }

  /** 28 bits, shuffled: sixteen makers with as many boxes as their half of an address has room for. */
  #mac(serial: number): string {
    const { seed } = this.#options
    let left = (serial >>> 14) & 0x3fff
    let right = serial & 0x3fff
    for (let round = 0; round < 4; round++) {
      const next = left ^ (scramble(right ^ seed ^ Math.imul(round + 1, 0x9e3779b1)) & 0x3fff)
      left = right
      right = next
    }
    const bits = left * 0x4000 + right
    return `${makers[bits >>> 24] ?? ''}${hex(bits & 0xff_ffff, 6).toUpperCase()}`
  }
}

function misname(misnomer: Misnomer, random: StreamRandom): string {
  switch (misnomer) {
    case 'address':
      return [random.between(100, 223), random.below(256), random.below(256), 1].join('.')
    case 'digits':
      return String(random.between(100_000, 999_999))
    default:
      return misnomer
  }
}
