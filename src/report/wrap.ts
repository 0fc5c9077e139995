/**
 * Text in lines of a given width.
 */
import stringWidth from 'string-width'

/**
 * Breaks a text at spaces. A word that is too long gets a line of its own and sticks out.
 * @param width of a line, the indent included
 * @param indent in front of every line
 */
export function wrap(text: string, width: number, indent = ''): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/).filter((each) => each !== '')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && stringWidth(indent) + stringWidth(longer) > width) {
      lines.push(indent + line)
      line = word
    } else line = longer
  }
  return line === '' ? lines : [...lines, indent + line]
}

const MOST_ITEMS = 6

/** A list after its heading, the following lines indented; of a long one the beginning: `3 tables: a, b, c`. */
export function wrapList(heading: string, items: readonly string[], width: number): string {
  // Nothing is saved by leaving a single one out.
  const most = items.length === MOST_ITEMS + 1 ? items.length : MOST_ITEMS
  const more = items.length > most ? ` and ${items.length - most} more` : ''
  const [first = '', ...rest] = wrap(
    `${heading} ${items.slice(0, most).join(', ')}${more}`,
    width - 2,
  )
  return [first, ...rest.map((line) => `  ${line}`)].join('\n')
}
