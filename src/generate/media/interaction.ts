/** The sections of the site, the first segment of an article's address. */
export const categories = [
  'politics',
  'sports',
  'technology',
  'business',
  'entertainment',
  'health',
  'science',
  'travel',
] as const

/** The section that a page of the site belongs to: one of `categories`, or the front page. */
export type PageCategory = (typeof categories)[number] | 'home'

/** Where a visit comes from, by the host of its referrer. */
export type ReferrerClass = 'direct' | 'internal' | 'email' | 'search' | 'social' | 'news' | 'other'

/** The address of the site. */
export const siteUrl = 'https://news.example.com'

/** A page of the site. */
export interface Page {
  readonly url: string
  readonly category: PageCategory
}

/** A referrer with the class that it belongs to. */
export interface Referrer {
  readonly url: string
  readonly class: ReferrerClass
}

/** What a reader can do. */
export type Action =
  | 'page_view'
  | 'page_viewed'
  | 'view'
  | 'read'
  | 'article_read'
  | 'video_play'
  | 'comment'
  | 'share'
  | 'like'
  | 'bookmark'

const pageviewActions: ReadonlySet<Action> = new Set<Action>([
  'page_view',
  'page_viewed',
  'view',
  'read',
  'article_read',
])

/** Whether an action counts as a page view. */
export function isPageview(action: Action): boolean {
  return pageviewActions.has(action)
}

/** One thing that a reader did, before any dirt. */
export interface Interaction {
  /** Seconds since 1970-01-01 UTC. */
  readonly second: number
  /** The reader's number, from 0. */
  readonly user: number
  readonly userId: string
  /** Null for readers whose browser keeps no session. */
  readonly sessionId: string | null
  readonly page: Page
  readonly action: Action
  readonly device: string
  readonly referrer: Referrer
  /** Seconds, for reading only. */
  readonly timeSpent: number | null
  /** 0.1 to 1, for reading and watching only. */
  readonly scrollDepth: number | null
}
