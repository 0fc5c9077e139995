import { weightedPick, zipfPick, type Random, type WeightedPick } from '../random.js'
import {
  siteUrl,
  type Action,
  type Page,
  type PageCategory,
  type Referrer,
  type ReferrerClass,
} from './interaction.js'
import type { MediaPools } from './pools.js'

/** The longest pause inside a session, seconds: exactly the gap at which a session is not yet cut. */
export const longestPause = 1800

const frontPage: Page = { url: `${siteUrl}/`, category: 'home' }
const noReferrer: Referrer = { url: '', class: 'direct' }

const pickReferrerClass = weightedPick<ReferrerClass>([
  ['direct', 28],
  ['search', 27],
  ['social', 18],
  ['email', 8],
  ['news', 7],
  ['internal', 4],
  ['other', 8],
])

const pickLength = weightedPick<number>([
  [1, 36],
  [2, 14],
  [3, 11],
  [4, 9],
  [5, 7],
  [6, 6],
  [7, 5],
  [8, 4],
  [10, 3],
  [12, 2],
  [16, 2],
  [25, 1],
])

/** Interactions in an average session: the mean of the weights above. */
export const meanSessionLength = 3.82

const pickOpening = weightedPick<Action>([
  ['page_view', 50],
  ['read', 28],
  ['view', 8],
  ['article_read', 8],
  ['page_viewed', 6],
])

const pickReaction = weightedPick<Action>([
  ['read', 34],
  ['video_play', 20],
  ['like', 16],
  ['share', 12],
  ['bookmark', 10],
  ['comment', 8],
])

/** The choices that readers make: where they come from, what they open, what they do there. */
export class Reading {
  readonly #pools: MediaPools
  readonly #random: Random
  readonly #pickArticle: WeightedPick<Page>
  readonly #pickByCategory: ReadonlyMap<PageCategory, WeightedPick<Page>>
  #trending: readonly Page[] = []

  constructor(pools: MediaPools, random: Random) {
    this.#pools = pools
    this.#random = random
    this.#pickArticle = zipfPick(pools.articles)
    const byCategory = new Map<PageCategory, Page[]>()
    for (const article of pools.articles) {
      const list = byCategory.get(article.category) ?? []
      list.push(article)
      byCategory.set(article.category, list)
    }
    this.#pickByCategory = new Map(
      [...byCategory].map(([category, list]) => [category, zipfPick(list)]),
    )
  }

  /** Chooses the day's news: a few articles that everybody opens today. */
  startDay(): void {
    this.#trending = Array.from({ length: 5 }, () => this.#random.pick(this.#pools.articles))
  }

  /** How many interactions a session will have. */
  sessionLength(): number {
    return pickLength(this.#random)
  }

  /** Where a session comes from. */
  entryReferrer(): Referrer {
    const kind = pickReferrerClass(this.#random)
    return kind === 'direct' ? noReferrer : this.#random.pick(this.#pools.referrers[kind])
  }

  /** The first page of a session. */
  entryPage(favourite: PageCategory): Page {
    return this.#random.chance(0.12) ? frontPage : this.nextPage(favourite)
  }

  /** A further page: the day's news, something of the favourite section, or anything popular. */
  nextPage(favourite: PageCategory): Page {
    const roll = this.#random.next()
    if (roll < 0.25 && this.#trending.length > 0) return this.#random.pick(this.#trending)
    const pick = roll < 0.65 ? this.#pickByCategory.get(favourite) : undefined
    return (pick ?? this.#pickArticle)(this.#random)
  }

  /** The first thing that is done on a page. */
  openingAction(page: Page): Action {
    return page.category === 'home' ? 'page_view' : pickOpening(this.#random)
  }

  /** Something done on a page that is already open, other than what was done last. */
  reaction(last: Action): Action {
    const action = pickReaction(this.#random)
    return action === last ? (last === 'like' ? 'share' : 'like') : action
  }

  /** Seconds until a session's next interaction, up to `longestPause`. */
  pause(timeSpent: number | null): number {
    const roll = this.#random.next()
    if (roll < 0.004) return longestPause
    if (roll < 0.03) return this.#random.between(600, longestPause - 1)
    return (timeSpent ?? 0) + this.#random.between(2, 90)
  }

  /** Whether the next interaction falls into the same second as this one. */
  isInstant(): boolean {
    return this.#random.chance(0.02)
  }

  /** Whether a session goes on to another page. */
  turnsPage(page: Page): boolean {
    return page.category === 'home' || this.#random.chance(0.5)
  }

  /** Seconds spent, for an action that takes time; else null. */
  timeSpent(action: Action): number | null {
    return action === 'read' || action === 'article_read' ? this.#random.between(5, 300) : null
  }

  /** How far down the page, 0.1 to 1, for an action that has a depth; else null. */
  scrollDepth(action: Action): number | null {
    const hasDepth = action === 'read' || action === 'article_read' || action === 'video_play'
    return hasDepth ? this.#random.between(10, 100) / 100 : null
  }
}
