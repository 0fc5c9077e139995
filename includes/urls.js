/**
 * Web addresses taken apart in SQL: host, path, the key of a page, its category.
 */

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
 * What stands behind the scheme of a web address, without query and fragment: `host/path`. NULL for anything
 * else (`javascript:`, a bare path). String functions throughout: a regular expression takes ten times as long.
 * @param {string} url SQL of type text
 * @returns {string} SQL of type text
 */
function withoutScheme(url) {
  return `case
        when ${url} ilike 'http://%' or ${url} ilike 'https://%' or ${url} like '//%'
            then split_part(split_part(substr(${url}, strpos(${url}, '//') + 2), '#', 1), '?', 1)
    end`
}

/**
 * The host in lower case, without user and port.
 * @param {string} address SQL of type text: what `withoutScheme` gave
 * @returns {string} SQL of type text, NULL if there is none
 */
function host(address) {
  const authority = `split_part(split_part(${address}, '/', 1), '@', -1)`
  return `nullif(rtrim(lower(case
        when ${authority} like '[%' then split_part(${authority}, ']', 1) || ']'
        else split_part(${authority}, ':', 1)
    end), '. '), '')`
}

/**
 * The path, without slashes at its end, so that the root is ''.
 * @param {string} address SQL of type text: what `withoutScheme` gave
 * @returns {string} SQL of type text
 */
function path(address) {
  return `rtrim(substr(${address}, length(split_part(${address}, '/', 1)) + 1), '/')`
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
  const patterns = hosts.map((name) => `'%.${name.replaceAll('_', String.raw`\_`)}'`)
  return `'.' || ${hostColumn} like any (array[${patterns.join(', ')}])`
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
  const section = `coalesce(nullif(lower(split_part(ltrim(${pathColumn}, '/'), '/', 1)), ''), 'home')`
  return `case when ${isOwnHost(hostColumn, ownHosts)} then ${section} else 'unknown' end`
}

/**
 * The digits after `article-`; NULL for other pages.
 * @param {string} pathColumn SQL of type text
 * @returns {string} SQL of type text
 */
function articleId(pathColumn) {
  return String.raw`case
        when ${pathColumn} ilike '%article-%' then substring(lower(${pathColumn}) from 'article-(\d+)')
    end`
}

module.exports = {
  parseHosts,
  withoutScheme,
  host,
  path,
  contentKey,
  isOwnHost,
  contentCategory,
  articleId,
}
