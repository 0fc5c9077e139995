/**
 * Identifiers and literals as PostgreSQL writes them. Pure text; nothing here knows a connection.
 */

/** Longest identifier that PostgreSQL keeps, in bytes; a longer one is silently cut (NAMEDATALEN - 1). */
export const MAX_IDENTIFIER_BYTES = 63

/**
 * Quotes one identifier: `a"b` becomes `"a""b"`.
 * @param name the bare name, never already quoted
 */
export function quoteIdent(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** Quotes a schema-qualified name: `"schema"."name"`. */
export function quoteQualified(target: { readonly schema: string; readonly name: string }): string {
  return `${quoteIdent(target.schema)}.${quoteIdent(target.name)}`
}

/**
 * Writes a string literal that is right whatever `standard_conforming_strings` says:
 * quotes are doubled, and a text with a backslash becomes an `E''` string.
 */
export function quoteLiteral(value: string): string {
  const doubled = value.replaceAll("'", "''")
  return doubled.includes('\\') ? `E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`
}

/**
 * The column that a config means, by the rule of SQL: `"Id"` in quotes is that very name; a plain name is folded to
 * lower case (`Id` is `id`), as it is in queries and in assertions; anything else is taken as it is.
 */
export function columnName(text: string): string {
  if (/^".*"$/s.test(text)) return text.slice(1, -1).replaceAll('""', '"')
  return /^[A-Za-z_][A-Za-z0-9_$]*$/.test(text) ? text.toLowerCase() : text
}
