import type { Fate } from '../fates.js'
import type { Random } from '../random.js'
import type { Fields, Source } from './rows.js'

/** A kind of dirt: its name in the manifest, what becomes of it, and how it changes a row, if it does. */
export interface DirtKind {
  readonly name: string
  readonly fate: Fate
  readonly change?: (fields: Fields, random: Random) => Fields
  /** Whether a row can have it; all can, if there is none. */
  readonly isPossible?: (fields: Fields) => boolean
}

const hasHashtags = ({ hashtag_count }: Fields) => hashtag_count !== ''
const hasNoHashtags = ({ hashtag_count }: Fields) => hashtag_count === ''

/** Dirt that any export can have. */
const anywhere: readonly DirtKind[] = [
  {
    name: 'missing_user',
    fate: 'missing_key',
    change: (_, random) => ({ user_id: random.pick(['', '0', 'nan', '  ']) }),
  },
  { name: 'quoted_fields', fate: 'normalised' },
  { name: 'exact_duplicate', fate: 'duplicate' },
  { name: 'malformed_line', fate: 'rejected' },
  { name: 'blank_line', fate: 'skipped' },
]

const ofSource: Readonly<Record<Source, readonly DirtKind[]>> = {
  events: [
    {
      name: 'unparsable_timestamp',
      fate: 'bad_timestamp',
      change: (_, random) => ({
        timestamp: random.pick(['soon', '2022-02-30 10:00:00', '1/2/22']),
      }),
    },
    {
      name: 'future_timestamp',
      fate: 'future_timestamp',
      change: () => ({ timestamp: '2099-01-01 00:00:00' }),
    },
    {
      name: 'unknown_event',
      fate: 'unknown_enum',
      change: () => ({ event: 'suggested_caption_inserted' }),
    },
    {
      name: 'missing_hashtag_count',
      fate: 'missing_key',
      change: () => ({ hashtag_count: '' }),
      isPossible: hasHashtags,
    },
    {
      name: 'hashtag_count_out_of_range',
      fate: 'out_of_range',
      change: (_, random) => ({ hashtag_count: random.pick(['0.0', '31.0', '-2.0', '1.5']) }),
      isPossible: hasHashtags,
    },
    {
      name: 'hashtag_count_of_best_time',
      fate: 'out_of_range',
      change: () => ({ hashtag_count: '3.0' }),
      isPossible: hasNoHashtags,
    },
    {
      name: 'upper_case_event',
      fate: 'normalised',
      change: ({ event = '' }) => ({ event: event.toUpperCase() }),
    },
    {
      name: 'placeholder_platform',
      fate: 'normalised',
      change: (_, random) => ({ platform: random.pick(['None', 'nan', 'null']) }),
    },
  ],
  payments: [
    { name: 'unparsable_timestamp', fate: 'bad_timestamp', change: () => ({ date: 'tomorrow' }) },
    { name: 'unknown_currency', fate: 'unknown_enum', change: () => ({ currency: 'dollars' }) },
    { name: 'negative_total', fate: 'out_of_range', change: () => ({ total: '-19.0' }) },
    { name: 'non_numeric_total', fate: 'out_of_range', change: () => ({ total: 'free' }) },
    { name: 'foreign_currency', fate: 'accepted', change: () => ({ currency: 'eur' }) },
    { name: 'upper_case_currency', fate: 'normalised', change: () => ({ currency: 'USD' }) },
  ],
  posts: [
    {
      name: 'unknown_type',
      fate: 'unknown_enum',
      change: (_, random) => ({ type: random.pick(['PagerPost', 'SnapchatStory']) }),
    },
    { name: 'unknown_flag', fate: 'unknown_enum', change: () => ({ delivered: 'perhaps' }) },
    {
      name: 'scheduled_after_posted',
      fate: 'out_of_range',
      change: () => ({ scheduled_at: '2098-01-01 00:00:00' }),
    },
    {
      name: 'lower_case_type',
      fate: 'normalised',
      change: ({ type = '' }) => ({ type: type.toLowerCase() }),
    },
  ],
}

/** Every kind of an export's dirt. */
export const dirtKinds: Readonly<Record<Source, readonly DirtKind[]>> = {
  events: [...anywhere, ...ofSource.events],
  payments: [...anywhere, ...ofSource.payments],
  posts: [...anywhere, ...ofSource.posts],
}

/** Decides which rows of an export get dirt: at random, all kinds in turn, so that none is missing for long. */
export class DirtSchedule {
  readonly #queue: DirtKind[]
  readonly #proportion: number
  readonly #random: Random

  constructor(source: Source, proportion: number, random: Random) {
    this.#queue = [...dirtKinds[source]]
    this.#proportion = proportion
    this.#random = random
  }

  /** The dirt of the next row, or undefined if it stays clean. A kind that is not possible keeps its turn. */
  next(fields: Fields): DirtKind | undefined {
    if (!this.#random.chance(this.#proportion)) return undefined
    const position = this.#queue.findIndex((kind) => kind.isPossible?.(fields) ?? true)
    const [kind] = this.#queue.splice(position, 1)
    if (kind !== undefined) this.#queue.push(kind)
    return kind
  }
}
