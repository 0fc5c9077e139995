/**
 * The kinds of posts: the name in the source, the platform, and the column of `rpt_user_report` that counts them.
 */
const text = require('./text.js')

const POST_TYPES = [
  { name: 'TwitterPost', platform: 'twitter', column: 'total_twitter_post' },
  { name: 'FacebookPost', platform: 'facebook', column: 'total_facebook_post' },
  { name: 'PinterestPost', platform: 'pinterest', column: 'total_pinterest_post' },
  { name: 'InstagramPost', platform: 'instagram', column: 'total_instagram_post' },
  { name: 'InstagramStory', platform: 'instagram', column: 'total_instagram_story' },
  { name: 'LinkedinPost', platform: 'linkedin', column: 'total_linkedin_post' },
  { name: 'TikTokPost', platform: 'tiktok', column: 'total_tiktok_post' },
]

/** The report's columns, in its order. */
const columns = POST_TYPES.map(({ column }) => column)

/**
 * A kind in the source's own spelling, whatever case it arrived in; an unknown one as it is.
 * @param {string} expression SQL of type text
 * @returns {string} SQL of type text
 */
function canonical(expression) {
  const branches = POST_TYPES.map(({ name }) => `when '${name.toLowerCase()}' then '${name}'`)
  return `case lower(${expression}) ${branches.join(' ')} else ${expression} end`
}

/** All kinds as literals for `in (...)`. */
const literals = text.literals(POST_TYPES.map(({ name }) => name))

/** Rows `(post_type, platform)` for a `values` list. */
const rows = POST_TYPES.map(({ name, platform }) => `('${name}', '${platform}')`).join(
  ',\n        ',
)

/**
 * The report's counts, one for each kind.
 * @param {string} typeColumn SQL of type text
 * @returns {string} items of a select
 */
function counts(typeColumn) {
  return POST_TYPES.map(
    ({ name, column }) => `count(*) filter (where ${typeColumn} = '${name}') as ${column}`,
  ).join(',\n        ')
}

module.exports = { columns, canonical, literals, rows, counts }
