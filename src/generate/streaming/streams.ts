import { daySeconds, formatDay, formatInstant } from '../calendar.js'
import type { Fate } from '../fates.js'
import { zipfPick, type Random, type WeightedPick } from '../random.js'
import type { Movie, User, World } from './world.js'

/** A stream as a row of the company's export. */
export interface StreamRow {
  readonly movie_title: string
  readonly user_email: string
  readonly size_mb: string
  readonly start_at: string
  readonly end_at: string
}

/** A kind of dirt. */
interface DirtKind {
  readonly name: string
  readonly fate: Fate
  readonly spoil: (row: StreamRow) => StreamRow
}

/** Every kind of dirt in streams. */
export const streamDirt: readonly DirtKind[] = [
  { name: 'blank_email', fate: 'missing_key', spoil: (row) => ({ ...row, user_email: ' ' }) },
  { name: 'no_title', fate: 'missing_key', spoil: (row) => ({ ...row, movie_title: '' }) },
  {
    name: 'unparsable_start',
    fate: 'bad_timestamp',
    spoil: (row) => ({ ...row, start_at: 'yesterday' }),
  },
  {
    name: 'future_end',
    fate: 'future_timestamp',
    spoil: (row) => ({ ...row, end_at: '2099-01-01T00:00:00.000+0100' }),
  },
  {
    name: 'ends_as_it_starts',
    fate: 'out_of_range',
    spoil: (row) => ({ ...row, end_at: row.start_at }),
  },
  { name: 'size_in_words', fate: 'out_of_range', spoil: (row) => ({ ...row, size_mb: 'large' }) },
  {
    name: 'upper_case_email',
    fate: 'normalised',
    spoil: (row) => ({ ...row, user_email: row.user_email.toUpperCase() }),
  },
  {
    name: 'title_spelled_otherwise',
    fate: 'normalised',
    spoil: (row) => ({
      ...row,
      movie_title: ` ${row.movie_title.toUpperCase().replaceAll('–', '-').replaceAll(' ', '  ')}`,
    }),
  },
  { name: 'exact_duplicate', fate: 'duplicate', spoil: (row) => row },
]

/** The streams of days, in the service's zone, +01:00. */
export class Streams {
  readonly #popular: WeightedPick<Movie>

  constructor(
    readonly world: World,
    readonly random: Random,
  ) {
    this.#popular = zipfPick(world.movies)
  }

  /** The streams that start on a day: a third of the users have one to three. */
  *ofDay(day: number): Generator<StreamRow> {
    for (const user of this.world.users) {
      if (!this.random.chance(1 / 3)) continue
      // A user may watch several movies at once, but no two streams start in the same millisecond.
      for (let place = this.random.between(1, 3); place > 0; place--)
        yield this.#stream(day, user, place)
    }
  }

  #stream(day: number, user: User, place: number): StreamRow {
    const movie = this.#popular(this.random)
    const start = day * daySeconds + this.random.below(daySeconds)
    const share = this.random.between(5, 300) / 100
    const seconds = Math.round(movie.duration_mins * 60 * share)
    return {
      movie_title: movie.title,
      user_email: user.email,
      size_mb: ((movie.size_mb * this.random.between(1, 1400)) / 1000).toString(),
      start_at: instant(start, place * 100 + this.random.below(100)),
      end_at: instant(start + seconds, this.random.below(1000)),
    }
  }
}

/** Seconds since 1970 on clocks at +01:00, with milliseconds. */
function instant(localSecond: number, milliseconds: number): string {
  return `${formatInstant(localSecond).slice(0, -1)}.${String(milliseconds).padStart(3, '0')}+0100`
}

/** The day on which a row that was not spoiled starts. */
export function startDay(row: StreamRow): string {
  return row.start_at.slice(0, formatDay(0).length)
}
