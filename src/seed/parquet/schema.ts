/** What columns a file has, as its footer says. */
import { parquetSchema } from 'hyparquet'
import type { FileMetaData, SchemaElement, SchemaTree } from 'hyparquet'
import { Damage } from './damage.js'
import { leafType, type LeafType } from './leaf-type.js'

/** A part of a column, or a whole one. */
interface NodeBase {
  readonly name: string
  readonly repetition: 'REQUIRED' | 'OPTIONAL' | 'REPEATED'
  /** The definition level of a value that is there; lower ones say which of the parts around it is missing. */
  readonly definition: number
  /** How many repeated parts lead here, this one included. */
  readonly depth: number
}

/** Values of their own, stored as one column chunk a row group. */
export interface Leaf extends NodeBase {
  readonly kind: 'leaf'
  /** Its number among the leaves of the file: that of its chunk. */
  readonly index: number
  readonly physical: string
  readonly type: LeafType
}

/** Parts with names (`group`), one repeated part (`list`), or one repeated pair (`map`). */
export interface Branch extends NodeBase {
  readonly kind: 'group' | 'list' | 'map'
  readonly children: readonly Node[]
}

/** A column or a part of one. */
export type Node = Leaf | Branch

/** Deepest nesting of a column; also that of a text that the database reads as jsonb is far above. */
const MAX_DEPTH = 100

/**
 * The columns of a file.
 * @throws Damage if there are none, or they make no sense
 */
export function readSchema(metadata: FileMetaData): readonly Node[] {
  const leaves = { count: 0 }
  const root = parquetSchema(metadata)
  if (root.children.length === 0) throw new Damage('the file has no columns')
  return root.children.map((child) => node(child, { definition: 0, depth: 0, level: 0 }, leaves))
}

function node(
  tree: SchemaTree,
  parent: { readonly definition: number; readonly depth: number; readonly level: number },
  leaves: { count: number },
): Node {
  const { children } = tree
  const element = narrow(tree.element)
  const level = parent.level + 1
  if (level > MAX_DEPTH) throw new Damage('its columns are nested too deeply')
  const repetition = element.repetition_type ?? 'REQUIRED'
  const base = {
    name: element.name,
    repetition,
    definition: parent.definition + (repetition === 'REQUIRED' ? 0 : 1),
    depth: parent.depth + (repetition === 'REPEATED' ? 1 : 0),
  }
  if (element.type !== undefined) {
    return {
      ...base,
      kind: 'leaf',
      index: leaves.count++,
      physical: element.type,
      type: leafType(element),
    }
  }
  if (children.length === 0) throw new Damage(`column "${element.name}" has neither type nor parts`)
  return {
    ...base,
    kind: branchKind(tree),
    children: children.map((child) => node(child, { ...base, level }, leaves)),
  }
}

/** The library gives what the bytes say, whatever its types are. */
function narrow(element: SchemaElement): SchemaElement {
  const isNumber = (value: unknown): boolean => value === undefined || Number.isInteger(value)
  const isSound =
    typeof (element.name as unknown) === 'string' &&
    isNumber(element.type_length) &&
    isNumber(element.scale)
  if (!isSound) throw new Damage('it has a column that makes no sense')
  return element
}

function branchKind({ element, children }: SchemaTree): Branch['kind'] {
  const [only, more] = children
  const isWrapper = more === undefined && only?.element.repetition_type === 'REPEATED'
  if (!isWrapper) return 'group'
  const name = element.logical_type?.type ?? element.converted_type
  if (name === 'LIST') return 'list'
  const isMap = name === 'MAP' || name === 'MAP_KEY_VALUE'
  return isMap && only.children.length === 2 ? 'map' : 'group'
}

/** The leaves of a column, in the file's order. */
export function leavesOf(node: Node): readonly Leaf[] {
  return node.kind === 'leaf' ? [node] : node.children.flatMap(leavesOf)
}
