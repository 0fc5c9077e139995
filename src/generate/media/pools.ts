import { Faker, en, base, generateMersenne53Randomizer } from '@faker-js/faker'
import { categories, siteUrl, type Page, type Referrer, type ReferrerClass } from './interaction.js'

/**
 * Everything that should look real, made once: Faker is far too slow to be asked for every row.
 */
export interface MediaPools {
  /** All articles, the most popular first. */
  readonly articles: readonly Page[]
  readonly referrers: Readonly<Record<Exclude<ReferrerClass, 'direct'>, readonly Referrer[]>>
  readonly titles: readonly string[]
  readonly campaigns: readonly string[]
  readonly userAgents: readonly string[]
  readonly cities: readonly string[]
  /** Pages of other sites, for rows whose address isn't the site's. */
  readonly foreignUrls: readonly string[]
}

/** Words by which a referrer's class is told; a blog with one of them wouldn't be a plain blog. */
const tellingWords =
  /newsletter|email|mail|google|bing|yahoo|duckduckgo|baidu|yandex|ecosia|facebook|twitter|instagram|linkedin|reddit|pinterest|youtube|tiktok|social|news|nytimes|cnn|bbc/

const fixedReferrers = {
  internal: [`${siteUrl}/`, `${siteUrl}/search`, 'https://m.news.example.com/'],
  email: [
    'https://email.newsletter.com',
    'https://email.newsletter.com',
    'https://email.newsletter.com/weekly',
    'https://mail.google.com/',
    'android-app://com.google.android.gm/',
  ],
  social: [
    'https://www.facebook.com/',
    'https://l.facebook.com/',
    'https://t.co/Zk3vQ9xYbA',
    'https://t.co/p0LmN7rTeW',
    'https://www.linkedin.com/feed/',
    'https://www.reddit.com/r/worldnews/',
  ],
  news: ['https://www.nytimes.com/', 'https://edition.cnn.com/world', 'https://www.bbc.co.uk/'],
} as const

/** Builds the pools; the same seed and number of articles give the same pools. */
export function createPools(seed: number, articleCount: number): MediaPools {
  const faker = new Faker({ locale: [en, base], randomizer: generateMersenne53Randomizer(seed) })
  const many = (count: number, make: () => string): string[] => Array.from({ length: count }, make)
  const slug = (text: string): string => faker.helpers.slugify(text).toLowerCase()
  const list = (kind: ReferrerClass, urls: readonly string[]): readonly Referrer[] =>
    urls.map((url) => ({ url, class: kind }))

  const articles = faker.helpers.shuffle(
    Array.from({ length: articleCount }, (_, index): Page => {
      const category = categories[index % categories.length] ?? categories[0]
      return { url: `${siteUrl}/${category}/article-${index + 1}`, category }
    }),
  )
  const blog = (): string => {
    const url = `https://blog.${faker.internet.domainName()}/${slug(faker.lorem.words(3))}`
    return tellingWords.test(url) ? blog() : url
  }
  const searches = many(30, () => {
    const words = encodeURIComponent(faker.word.words(2))
    return faker.helpers.arrayElement([
      'https://www.google.com/',
      `https://www.google.com/search?q=${words}`,
      `https://www.bing.com/search?q=${words}`,
      `https://duckduckgo.com/?q=${words}`,
    ])
  })
  return {
    articles,
    referrers: {
      internal: list('internal', fixedReferrers.internal),
      email: list('email', fixedReferrers.email),
      search: list('search', searches),
      social: list('social', fixedReferrers.social),
      news: list('news', fixedReferrers.news),
      other: list('other', many(40, blog)),
    },
    titles: many(100, () => faker.lorem.sentence({ min: 4, max: 9 })),
    campaigns: many(20, () => slug(faker.commerce.productName())),
    userAgents: many(50, () => faker.internet.userAgent()),
    cities: many(80, () => faker.location.city()),
    foreignUrls: many(20, blog),
  }
}
