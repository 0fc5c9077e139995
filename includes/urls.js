/**
 * Web addresses taken apart in SQL: host, path, the key of a page, its category.
 */

// http:, https: or no scheme, then //, perhaps a user, then the host up to its port or path.
const HOST = String.raw`'(?i)^(?:https?:)?//(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:\s]+)'`
const AUTHORITY = String.raw`'^[^/]*//[^/?#]*'`

/**
 * The variable `own_hosts` as a list, in lower case.
 * @param {string} ownHosts comma-separated host names
 * @returns {readonly string[]}
 */
function parseHosts(ownHosts) {
  const hosts = ownHosts
    .split(',')
    .map((host) => host.trim().toLowerCase())
    .filter((host) => host !== '')
  const wrong = hosts.filter((host) => !/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(host))
  if (wrong.length > 0) throw new Error(`own_hosts: not a host name: ${wrong.join(', ')}`)
  return hosts
}

/**
 * The host of a web address in lower case; NULL for anything else (`javascript:`, a bare path).
 * @param {string} url SQL of type text
 * @returns {string} SQL of type text
 */
function host(url) {
  return `rtrim(lower(substring(${url} from ${HOST})), '.')`
}

/**
 * The path of an address that has a host: no query, no fragment, no slash at the end ('' for the root).
 * @param {string} url SQL of type text
 * @returns {string} SQL of type text
 */
function path(url) {
  return `rtrim(split_part(split_part(regexp_replace(${url}, ${AUTHORITY}, ''), '#', 1), '?', 1), '/')`
}

/**
 * The key of a page: host and path in lower case; the root keeps its slash. `unknown` without a host.
 * @param {string} hostColumn SQL of type text
 * @param {string} pathColumn SQL of type text
 * @returns {string} SQL of type text
 */
function contentKey(hostColumn, pathColumn) {
  return `coalesce(${hostColumn} || coalesce(nullif(lower(${pathColumn}), ''), '/'), 'unknown')`
}

/**
 * Whether a host is one of ours or below one of ours. NULL stays NULL.
 * @param {string} hostColumn SQL of type text
 * @param {string} ownHosts the variable `own_hosts`
 * @returns {string} SQL of type boolean
 */
function isOwnHost(hostColumn, ownHosts) {
  const hosts = parseHosts(ownHosts)
  if (hosts.length === 0) return 'false'
  const names = hosts.map((name) => name.replaceAll('.', String.raw`\.`)).join('|')
  return String.raw`${hostColumn} ~ '(^|\.)(${names})$'`
}

/**
 * The section of our site that a page belongs to: the first part of the path in lower case, `home` for
 * the root, `unknown` for another's page.
 * @param {string} hostColumn SQL of type text
 * @param {string} pathColumn SQL of type text
 * @param {string} ownHosts the variable `own_hosts`
 * @returns {string} SQL of type text
 */
function contentCategory(hostColumn, pathColumn, ownHosts) {
  const section = `coalesce(lower(substring(${pathColumn} from '^/*([^/]+)')), 'home')`
  return `case when ${isOwnHost(hostColumn, ownHosts)} then ${section} else 'unknown' end`
}

/**
 * The digits after `article-`; NULL for other pages.
 * @param {string} pathColumn SQL of type text
 * @returns {string} SQL of type text
 */
function articleId(pathColumn) {
  return String.raw`substring(lower(${pathColumn}) from 'article-(\d+)')`
}

module.exports = { parseHosts, host, path, contentKey, isOwnHost, contentCategory, articleId }
