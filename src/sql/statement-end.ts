/**
 * Where a statement ends: semicolons, comments and white space after it do not belong to it.
 */

// What has to be stepped over whole: comments, literals, quoted names, dollar-quoted texts.
const TOKEN =
  /--[^\n]*|\/\*|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$|[^]/gu

/**
 * A statement without what follows its last word: `select 1; -- the end` becomes `select 1`.
 * Understands literals (also `E''` with backslashes), quoted names, dollar quoting and nested comments.
 */
export function withoutTail(sql: string): string {
  let end = 0
  let at = 0
  while (at < sql.length) {
    TOKEN.lastIndex = at
    const match = TOKEN.exec(sql)
    const token = match?.[0] ?? ''
    let next = at + Math.max(1, token.length)
    if (token === '/*') next = endOfComment(sql, at)
    else if (token.startsWith('$') && token.length > 1) {
      // A dollar sign inside a name quotes nothing.
      next = /\w/.test(sql.charAt(at - 1)) ? at + 1 : endOfDollar(sql, token, next)
    } else if (token.startsWith("'") && /(^|\W)[eE]$/.test(sql.slice(Math.max(0, at - 2), at)))
      next = endOfEscapeString(sql, at)
    const isComment = token === '/*' || token.startsWith('--')
    if (!isComment && !/^[\s;]$/.test(token)) end = next
    at = next
  }
  return sql.slice(0, end)
}

function endOfComment(sql: string, start: number): number {
  let depth = 0
  for (let at = start; at < sql.length; at++) {
    const pair = sql.slice(at, at + 2)
    if (pair === '/*') {
      depth++
      at++
    } else if (pair === '*/') {
      depth--
      at++
      if (depth === 0) return at + 1
    }
  }
  return sql.length
}

function endOfDollar(sql: string, tag: string, from: number): number {
  const end = sql.indexOf(tag, from)
  return end === -1 ? sql.length : end + tag.length
}

function endOfEscapeString(sql: string, start: number): number {
  for (let at = start + 1; at < sql.length; at++) {
    if (sql[at] === '\\') at++
    else if (sql[at] === "'" && sql[at + 1] === "'") at++
    else if (sql[at] === "'") return at + 1
  }
  return sql.length
}
