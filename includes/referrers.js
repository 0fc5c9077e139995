/**
 * Where a visit came from, in classes.
 */
const text = require('./text.js')
const urls = require('./urls.js')

// Patterns of `like`; the first class with one that fits wins.
const CLASSES = [
  ['email', ['%newsletter%', '%email%', 'mail.%', 'com.google.android.gm']],
  ['search', ['%google%', '%bing%', '%yahoo%', '%duckduckgo%', '%baidu%', '%yandex%', '%ecosia%']],
  [
    'social',
    [
      '%facebook%',
      '%twitter%',
      't.co',
      '%instagram%',
      '%linkedin%',
      '%reddit%',
      '%pinterest%',
      '%youtube%',
      '%tiktok%',
      '%social%',
    ],
  ],
  ['news', ['%news%', '%nytimes%', '%cnn%', '%bbc%']],
]
const LEGACY = [
  ['search', ['%google%']],
  ['social', ['%facebook%', '%twitter%', '%instagram%', '%social%']],
  ['news', ['%news%', '%nytimes%', '%cnn%']],
  ['email', ['%email%', '%newsletter%']],
]

/** Every class that `category` gives. */
const names = ['direct', 'internal', ...CLASSES.map(([name]) => name), 'other']

/**
 * The host of a referrer in lower case: of any scheme (apps have their own), or of a bare host name.
 * @param {string} referrer SQL of type text
 * @returns {string} SQL of type text
 */
function host(referrer) {
  const address = `split_part(split_part(substr(${referrer}, case
        when ${referrer} like '%//%' then strpos(${referrer}, '//') + 2
        else 1
    end), '#', 1), '?', 1)`
  return urls.host(address)
}

function firstMatch(subject, classes) {
  const branch = ([name, patterns]) =>
    `when ${subject} like any (array[${text.literals(patterns)}]) then '${name}'`
  return classes.map(branch).join('\n        ')
}

/**
 * The class of a referrer by its host.
 * @param {string} referrer SQL of type text, NULL for none
 * @param {string} hostColumn SQL of type text: `host(referrer)`
 * @param {string} ownHosts the variable `own_hosts`
 * @returns {string} SQL of type text
 */
function category(referrer, hostColumn, ownHosts) {
  return `case
        when ${referrer} is null then 'direct'
        when ${urls.isOwnHost(hostColumn, ownHosts)} then 'internal'
        ${firstMatch(hostColumn, CLASSES)}
        else 'other'
    end`
}

/**
 * The class by the rule that the site used before: words anywhere in the address, `news` before
 * `email`. Kept for comparison; it takes newsletters, and the site itself, for news.
 * @param {string} referrer SQL of type text, NULL for none
 * @returns {string} SQL of type text
 */
function legacyCategory(referrer) {
  return `case
        when ${referrer} is null then 'direct'
        ${firstMatch(`lower(${referrer})`, LEGACY)}
        else 'other'
    end`
}

module.exports = { names, host, category, legacyCategory }
