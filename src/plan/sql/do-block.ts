/**
 * `DO` blocks whose body may hold any name or text.
 */
import { quoteLiteral } from '../../sql/identifiers.js'

/** Wraps a body in `DO`, quoted with a tag that does not stand in it. */
export function doBlock(body: string): string {
  let tag = '$dataform$'
  for (let n = 1; body.includes(tag); n++) tag = `$dataform${n}$`
  return `do ${tag}\n${body}\n${tag};`
}

/** A statement inside of a body, where an error of it can be caught. */
export function executed(statement: string): string {
  return `execute ${quoteLiteral(statement)};`
}

/** A text for use inside the literal that is `format()`'s first argument. */
export function formatText(text: string): string {
  return text.replaceAll('%', '%%').replaceAll("'", "''")
}
