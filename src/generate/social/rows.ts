/** What the generator writes: rows of three exports, and what each of them means. */
import type { Price } from './people.js'

/** The columns of each export, in the order of the real ones. */
export const columns = {
  events: ['event', 'timestamp', 'user_id', 'platform', 'hashtag_count'],
  payments: [
    ...['amount_due', 'attempt_count', 'attempted', 'charge_id', 'closed', 'currency', 'user_id'],
    ...['date', 'description', 'discount_id', 'ending_balance', 'forgiven', 'id', 'line_ids'],
    ...['paid', 'receipt_number', 'received_at', 'starting_balance', 'subscription_id'],
    ...['subtotal', 'tax', 'tax_percent', 'total', 'webhooks_delivered_at'],
  ],
  posts: [
    ...['id', 'active', 'delivered', 'media_id', 'media_item_id', 'posted_at', 'scheduled_at'],
    ...['social_profile_id', 'type', 'user_id'],
  ],
} as const

/** One of the three exports. */
export type Source = keyof typeof columns

/** The exports in the order in which the manifest shows them. */
export const sources = ['events', 'payments', 'posts'] as const satisfies readonly Source[]

/** A row's fields by column; one that is not there is empty. */
export type Fields = Readonly<Record<string, string>>

/** An invoice that may come again; `latest` is its newest version that a warehouse keeps. */
export interface Invoice {
  readonly id: string
  readonly user: number
  readonly price: Price
  lastDay: number
  latest: { readonly currency: string; readonly cents: number } | null
}

/** A row before any dirt, with what it adds to the figures. */
export type SocialRow =
  | {
      readonly source: 'events'
      readonly user: number
      readonly fields: Fields
      readonly hashtags: number
    }
  | {
      readonly source: 'payments'
      readonly user: number
      readonly fields: Fields
      readonly invoice: Invoice
    }
  | {
      readonly source: 'posts'
      readonly user: number
      readonly fields: Fields
      /** The post's later state, in a later export; null if it stays as it is. */
      readonly later: Fields | null
    }

/** A row as a line of CSV, without its end. */
export function csvLine(source: Source, fields: Fields, isQuoted = false): string {
  const values = columns[source].map((column) => fields[column] ?? '')
  // Nothing that is generated has a comma, a quote or a line end in it.
  return values.map((value) => (isQuoted ? `"${value}"` : value)).join(',')
}
