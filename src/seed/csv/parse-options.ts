import type { ParsedNode } from 'yaml'
import { isScalar } from 'yaml'
import { nearestNames } from '../../graph/nearest.js'
import type { YamlFile } from '../yaml-fields.js'
import { isEncoding } from './decoding.js'
import type { CsvOptions } from './options.js'

const KEYS = ['delimiter', 'quote', 'escape', 'encoding', 'header'] as const

/**
 * Checks the map `csv` of a source.
 * @param what the source, for messages
 */
export function csvOptions(yaml: YamlFile, node: ParsedNode, what: string): CsvOptions {
  const options: { -readonly [K in keyof CsvOptions]: CsvOptions[K] } = {}
  for (const { key, at, value } of yaml.entries(node, `"csv" of ${what}`)) {
    const name = `"csv.${key}" of ${what}`
    const known = KEYS.find((each) => each === key)
    if (known === undefined) {
      const near = nearestNames(key, KEYS)
      const hint =
        near.length > 0 ? `Did you mean "${near.join('" or "')}"?` : `Known are ${KEYS.join(', ')}.`
      yaml.problem(at, `unknown key "${key}" in "csv" of ${what}`, hint)
    } else if (known === 'quote' && value === null) options.quote = null
    else if (value === null) yaml.problem(at, `${name} has no value`)
    else if (known === 'header') {
      const given: unknown = isScalar(value) ? value.value : undefined
      if (typeof given === 'boolean') options.header = given
      else yaml.problem(value, `${name} must be true or false`)
    } else if (known === 'encoding') {
      const encoding = yaml.text(value, name)
      if (encoding !== null && !isEncoding(encoding))
        yaml.problem(
          value,
          `${name} is no encoding that is known: ${encoding}`,
          'For example utf-8, windows-1252, utf-16le, shift_jis.',
        )
      else if (encoding !== null) options.encoding = encoding
    } else {
      const character = yaml.text(value, name)
      if (character !== null && !/^[\t\x20-\x7e]$/.test(character))
        yaml.problem(
          value,
          `${name} must be one character of ASCII`,
          'A tabulator is "\\t", in double quotes.',
        )
      else if (character !== null) options[known] = character
    }
  }
  if (options.delimiter !== undefined && options.delimiter === (options.quote ?? '"'))
    yaml.problem(node, `delimiter and quote of ${what} are the same character`)
  return options
}
