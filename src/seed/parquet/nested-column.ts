import { CopyBuffer } from '../copy-buffer.js'
import { lost, SLICE_ROWS, type Column, type Slice } from './column.js'
import { Damage, decoding } from './damage.js'
import { longestJson, writeJsonString } from '../json/write-string.js'
import type { LeafQueue } from './leaf-queue.js'
import { leavesOf, type Branch, type Leaf, type Node } from './schema.js'

const NULL = Buffer.from('null')
const QUOTE = 0x22

/**
 * A column with parts, as JSON. Every part that has no parts itself is a sequence of values with two levels: how far
 * the way to it exists, and at which repeated part of the way the value goes on. Rows are put together from them: a
 * list is an array, a map and a group are objects.
 */
export class NestedColumn implements Column {
  readonly json = 'raw'
  readonly name: string
  readonly #node: Node
  readonly #queues: readonly LeafQueue[]
  readonly #queueOf: ReadonlyMap<Leaf, LeafQueue>
  readonly #leaves = new Map<Node, readonly LeafQueue[]>()
  #out = new CopyBuffer()
  #isBad = false

  /** @param queues of the leaves, in the file's order */
  constructor(node: Node, queues: readonly LeafQueue[]) {
    this.name = node.name
    this.#node = node
    this.#queues = queues
    this.#queueOf = new Map(queues.map((queue) => [queue.leaf, queue]))
  }

  async next(): Promise<Slice> {
    for (const queue of this.#queues) await queue.fill()
    const rows = Math.min(SLICE_ROWS, ...this.#queues.map((queue) => queue.rows))
    if (rows === 0) {
      const damage = this.#queues
        .map(({ ended }) => ended)
        .find((text) => text !== null && text !== '')
      return lost(Infinity, damage ?? 'it ends before the row group does')
    }
    try {
      return decoding(() => this.#assemble(rows))
    } catch (error) {
      return lost(Infinity, (error as Damage).message)
    }
  }

  #assemble(rows: number): Slice {
    const out = (this.#out = new CopyBuffer())
    const start = new Int32Array(rows)
    const end = new Int32Array(rows)
    let bad: Uint8Array | null = null
    for (let row = 0; row < rows; row++) {
      start[row] = out.at
      const isNull = this.#isNull(this.#node)
      this.#value(this.#node)
      end[row] = out.at
      if (isNull) start[row] = -1
      if (this.#wasBad()) (bad ??= new Uint8Array(rows))[row] = 1
      for (const queue of this.#queues) {
        if (queue.at < queue.count && queue.repetition[queue.at] !== 0)
          throw new Damage('its levels contradict one another')
      }
    }
    for (const queue of this.#queues) queue.took(rows)
    return { rows, texts: { bytes: out.take(), start, end, bad }, damage: '' }
  }

  /** Whether a value of the row that was just written can't be stored. */
  #wasBad(): boolean {
    const wasBad = this.#isBad
    this.#isBad = false
    return wasBad
  }

  /** Writes what a node has at the place where its leaves are, and leaves them after it. */
  #value(node: Node): void {
    if (node.repetition === 'REPEATED') this.#array(node)
    else if (this.#isNull(node)) {
      this.#skip(node)
      this.#text(NULL)
    } else this.#present(node)
  }

  #isNull(node: Node): boolean {
    return node.repetition === 'OPTIONAL' && this.#level(node) < node.definition
  }

  /** Writes a node that is there, or one element of a repeated one. */
  #present(node: Node): void {
    switch (node.kind) {
      case 'leaf':
        this.#leaf(node)
        return
      case 'group':
        this.#group(node)
        return
      case 'list':
        this.#value(node.children[0] as Node)
        return
      case 'map':
        this.#map(node.children[0] as Branch)
        return
    }
  }

  #leaf(leaf: Leaf): void {
    const queue = this.#queueOf.get(leaf) as LeafQueue
    const { at } = queue
    if (at >= queue.count) throw new Damage('its levels contradict one another')
    queue.at++
    if (queue.definition[at] !== leaf.definition) {
      this.#text(NULL)
      return
    }
    if (queue.bad[at] === 1) this.#isBad = true
    const start = queue.start[at] as number
    const end = queue.end[at] as number
    this.#out.reserve(end - start)
    this.#out.raw(queue.bytes.bytes, start, end)
  }

  #group(node: Branch): void {
    node.children.forEach((child, index) => {
      this.#byte(index === 0 ? 0x7b : 0x2c)
      this.#key(Buffer.from(child.name, 'utf8'))
      this.#value(child)
    })
    this.#byte(0x7d)
  }

  /** A repeated node: all its elements. Inside a list there is a group with one part, which is the element itself. */
  #array(node: Node): void {
    const isWrapper =
      node.kind === 'group' && node.children.length === 1 && isElementName(node.name)
    const element = isWrapper ? (node.children[0] as Node) : null
    this.#byte(0x5b)
    this.#elements(node, () => {
      if (element === null) this.#present(node)
      else this.#value(element)
    })
    this.#byte(0x5d)
  }

  /** A repeated pair as an object; keys that are no strings are put in quotes. */
  #map(pair: Branch): void {
    const [key, value] = pair.children as readonly [Node, Node]
    this.#byte(0x7b)
    this.#elements(pair, () => {
      const out = this.#out
      const keyAt = out.at
      this.#value(key)
      if (out.bytes[keyAt] === QUOTE) this.#byte(0x3a)
      else {
        const text = Buffer.from(out.bytes.subarray(keyAt, out.at))
        out.at = keyAt
        this.#key(text)
      }
      this.#value(value)
    })
    this.#byte(0x7d)
  }

  #elements(node: Node, write: () => void): void {
    if (this.#level(node) < node.definition) {
      this.#skip(node)
      return
    }
    const [first] = this.#below(node) as readonly [LeafQueue]
    for (let isFirst = true; ; isFirst = false) {
      if (!isFirst) this.#byte(0x2c)
      const before = first.at
      write()
      if (first.at === before) throw new Damage('its levels contradict one another')
      const isMore = first.at < first.count && first.repetition[first.at] === node.depth
      if (!isMore) return
    }
  }

  /** The definition level at the place where a node's leaves are. */
  #level(node: Node): number {
    const [first] = this.#below(node) as readonly [LeafQueue]
    if (first.at >= first.count) throw new Damage('its levels contradict one another')
    return first.definition[first.at] as number
  }

  /** Goes past the one entry that every leaf has for something that is missing. */
  #skip(node: Node): void {
    for (const queue of this.#below(node)) queue.at++
  }

  #below(node: Node): readonly LeafQueue[] {
    let queues = this.#leaves.get(node)
    if (queues === undefined) {
      queues = leavesOf(node).map((leaf) => this.#queueOf.get(leaf) as LeafQueue)
      this.#leaves.set(node, queues)
    }
    return queues
  }

  #key(text: Buffer): void {
    this.#out.reserve(longestJson(text.length) + 1)
    writeJsonString(this.#out, text, 0, text.length)
    this.#byte(0x3a)
  }

  #text(text: Buffer): void {
    this.#out.reserve(text.length)
    this.#out.raw(text, 0, text.length)
  }

  #byte(byte: number): void {
    this.#out.reserve(1)
    this.#out.bytes[this.#out.at++] = byte
  }
}

/** Names that writers give to the group around a list's element; older ones have the element itself repeated. */
function isElementName(name: string): boolean {
  return name !== 'array' && !name.endsWith('_tuple')
}
