import {
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Pair,
  type ParsedNode,
  type Scalar,
} from 'yaml'
import type { Problem } from '../failure/types.js'

/** A YAML file that is being checked: every problem that is found gets the place where it is. */
export class YamlFile {
  readonly #problems: Problem[] = []
  readonly root: ParsedNode | null
  readonly #file: string
  readonly #lines: readonly string[]
  readonly #counter = new LineCounter()

  /** @param file its path from the project's root, for messages */
  constructor(file: string, text: string) {
    this.#file = file
    this.#lines = text.split(/\r?\n/)
    const document = parseDocument(text, { lineCounter: this.#counter, prettyErrors: false })
    // Those after the first are mostly of its making.
    const [error] = document.errors
    if (error !== undefined) this.#add('syntax', error.message, error.pos[0])
    this.root = document.contents
  }

  /** What was found so far, in the order of the file. */
  get problems(): readonly Problem[] {
    const place = ({ at }: Problem): number => (at?.line ?? 0) * 1e6 + (at?.column ?? 0)
    return this.#problems.toSorted((a, b) => place(a) - place(b))
  }

  /** The line of a node, from 1. */
  lineOf(node: ParsedNode): number {
    return this.#counter.linePos(node.range[0]).line
  }

  /** Notes a problem at a node. */
  problem(node: ParsedNode, message: string, hint?: string): void {
    this.#add('config', message, node.range[0], hint)
  }

  /** Notes a problem at a line, from 1. */
  problemAtLine(line: number, message: string, hint?: string): void {
    this.#add('config', message, this.#counter.lineStarts[line - 1] ?? 0, hint)
  }

  /** The entries of a map with text as keys; anything else is a problem, and gives nothing. */
  entries(
    node: ParsedNode,
    what: string,
  ): readonly { key: string; at: ParsedNode; value: ParsedNode | null }[] {
    if (!isMap(node)) {
      this.problem(node, `${what} must be a map of names`)
      return []
    }
    const pairs = node.items as readonly Pair<ParsedNode, ParsedNode | null>[]
    return pairs.flatMap(({ key, value }) => {
      // `key:` with nothing after it is a null that was left out.
      const given = isScalar(value) && value.value === null ? null : value
      if (isScalar(key)) return [{ key: String(key.value), at: key, value: given }]
      this.problem(key, `${what} must have text as keys`)
      return []
    })
  }

  /** A text that is not empty. */
  text(node: ParsedNode, what: string): string | null {
    if (isScalar(node) && typeof node.value === 'string' && node.value !== '') return node.value
    this.problem(node, `${what} must be a text`)
    return null
  }

  /** One of a few words. */
  oneOf<T extends string>(node: ParsedNode, what: string, words: readonly T[]): T | null {
    const value = isScalar(node) ? (node as Scalar).value : undefined
    const word = words.find((candidate) => candidate === value)
    if (word !== undefined) return word
    this.problem(node, `${what} must be ${words.join(' or ')}`)
    return null
  }

  /** A text or a list of texts, each with its node. */
  texts(node: ParsedNode, what: string): readonly { text: string; at: ParsedNode }[] {
    const items = isSeq(node) ? (node.items as readonly ParsedNode[]) : [node]
    return items.flatMap((item) => {
      const text = this.text(item, what)
      return text === null ? [] : [{ text, at: item }]
    })
  }

  #add(kind: Problem['kind'], message: string, offset: number, hint?: string): void {
    const { line, col } = this.#counter.linePos(offset)
    const text = this.#lines[line - 1]
    this.#problems.push({
      kind,
      message,
      at: { file: this.#file, line, column: col, ...(text === undefined ? {} : { text }) },
      ...(hint === undefined ? {} : { hint }),
    })
  }
}
