import { daySeconds, formatInstant } from '../calendar.js'
import type { CommonOptions } from '../common-options.js'
import { hex, scramble } from '../bits.js'
import { createRandom, type Random } from '../random.js'
import { idKinds, pickPostType, pickPrice, signedId } from './people.js'
import type { Invoice, SocialRow } from './rows.js'

/** Rows that a user has on an average day. */
const rates = { events: 0.25, payments: 0.1, posts: 0.2 } as const

/** Invoices that can still come again; more would make memory grow with the volume. */
const mostOpenInvoices = 500

/** Seconds since 1970 as the exports write them: no zone, and no T. */
const timeText = (second: number) => formatInstant(second).replace('T', ' ').replace('Z', '')

/** What the users do, day by day. Memory holds a day and the open invoices. */
export class Activity {
  readonly #options: CommonOptions
  readonly #random: Random
  readonly #openInvoices: Invoice[] = []
  #serial = 0

  constructor(options: CommonOptions) {
    this.#options = options
    this.#random = createRandom(options.seed, 1)
  }

  /** The rows of the day with this number, counted from 0, in the order in which they are exported. */
  *day(index: number): Generator<SocialRow, void, undefined> {
    const day = this.#options.firstDay + index
    const seen = new Set<string>()
    for (let left = this.#volume(rates.events); left > 0; left--) yield this.#event(day, seen)
    for (let left = this.#volume(rates.payments); left > 0; left--) yield this.#payment(day)
    for (let left = this.#volume(rates.posts); left > 0; left--) yield this.#post(day)
  }

  /** How many rows a day has this time; at least one. */
  #volume(rate: number): number {
    const noise = 0.85 + this.#random.next() * 0.3
    return Math.max(1, Math.round(this.#options.users * rate * noise))
  }

  /** Some users do more than others. */
  #user(): number {
    const { users } = this.#options
    const share = this.#random.next()
    return Math.floor(users * share * (this.#random.chance(0.5) ? this.#random.next() : 1))
  }

  #id(kind: keyof typeof idKinds, number: number): string {
    return signedId(idKinds[kind], number, this.#options.seed)
  }

  /** A minute of the day in which nothing was seen under the same name. */
  #freeMinute(day: number, name: string, seen: Set<string>): number {
    for (;;) {
      const minute = this.#random.below(1440)
      const key = `${name} ${minute}`
      if (seen.has(key)) continue
      seen.add(key)
      return day * daySeconds + minute * 60
    }
  }

  #event(day: number, seen: Set<string>): SocialRow {
    const user = this.#user()
    const hashtags = this.#random.chance(0.5) ? 1 + this.#random.below(13) : 0
    const event = hashtags > 0 ? 'suggested_hashtags_inserted' : 'scheduled_at_best_time'
    const fields = {
      event,
      timestamp: timeText(this.#freeMinute(day, `${user} ${event}`, seen)),
      user_id: this.#id('user', user),
      platform: this.#random.chance(0.17) ? 'web' : '',
      hashtag_count: hashtags > 0 ? `${hashtags}.0` : '',
    }
    return { source: 'events', user, fields, hashtags }
  }

  /** A third of the payments are of an invoice that was there on an earlier day. */
  #payment(day: number): SocialRow {
    const known = this.#random.chance(0.33) ? this.#random.pick(this.#openInvoices) : undefined
    const invoice =
      known !== undefined && known.lastDay < day ? known : this.#openInvoice(this.#user())
    invoice.lastDay = day
    const amount = invoice.price.text
    const at = timeText(day * daySeconds + this.#random.below(1440) * 60)
    const fields = {
      ...{ amount_due: amount, subtotal: amount, total: amount, currency: 'usd' },
      ...{ id: invoice.id, user_id: this.#id('user', invoice.user), date: at, received_at: at },
      ...{ attempted: 'True', forgiven: 'False', paid: 'True' },
      closed: this.#random.chance(0.46) ? 'True' : 'False',
      attempt_count: String(this.#random.below(3)),
      charge_id: this.#random.chance(0.67) ? `ch_${hex(scramble(++this.#serial), 8)}` : '',
      starting_balance: this.#random.chance(0.02) ? '-1900' : '0',
      ending_balance: this.#random.chance(0.7) ? '0.0' : '',
      subscription_id: this.#random.chance(0.01) ? '0' : this.#id('subscription', invoice.user),
    }
    return { source: 'payments', user: invoice.user, fields, invoice }
  }

  #openInvoice(user: number): Invoice {
    this.#serial += 1
    const id = `in_${hex(scramble(this.#serial ^ scramble(this.#options.seed)), 8)}`
    const price = pickPrice(this.#random)
    const invoice: Invoice = { id, user, price, lastDay: -1, latest: null }
    if (this.#openInvoices.length < mostOpenInvoices) this.#openInvoices.push(invoice)
    else this.#openInvoices[this.#random.below(mostOpenInvoices)] = invoice
    return invoice
  }

  #post(day: number): SocialRow {
    const user = this.#user()
    const postedAt = day * daySeconds + this.#random.below(1440) * 60
    const isScheduled = this.#random.chance(0.7)
    const lead = 3600 + this.#random.below(716_456)
    this.#serial += 1
    const fields = {
      id: this.#id('post', this.#serial),
      active: 'True',
      delivered: this.#random.chance(0.92) ? 'True' : 'False',
      media_id: this.#id('media', this.#serial),
      media_item_id: this.#id('media', -this.#serial),
      posted_at: timeText(postedAt),
      scheduled_at: isScheduled ? timeText(postedAt - lead) : '',
      social_profile_id: this.#id('profile', user),
      type: pickPostType(this.#random),
      user_id: this.#id('user', user),
    }
    return { source: 'posts', user, fields, later: this.#laterState(fields) }
  }

  /** What was not delivered mostly is a little later; some posts are deleted. */
  #laterState(fields: Readonly<Record<string, string>>): Readonly<Record<string, string>> | null {
    const roll = this.#random.next()
    if (fields.delivered === 'False' && roll < 0.6) return { ...fields, delivered: 'True' }
    return roll > 0.98 ? { ...fields, active: 'False' } : null
  }
}
