/**
 * Core's graph as text: for Graphviz, and as a list for people.
 */
import type { CoreActionBase, CoreGraph, CoreTable, CoreTarget } from './core-graph.js'

function shortName(target: CoreTarget | undefined): string {
  return `${target?.schema ?? ''}.${target?.name ?? ''}`
}

function tableType(table: CoreTable): string {
  return (table.enumType ?? 'UNKNOWN_TYPE').toLowerCase()
}

/** The graph in the language of Graphviz, character by character as the stock command writes it. */
export function dotText(graph: CoreGraph): string {
  const { tables = [], assertions = [], operations = [] } = graph
  const label = (action: CoreActionBase, suffix: string): string => {
    const name = shortName(action.target)
    return `"${name}" [label="${name}${suffix}"]`
  }
  const nodes = [
    ...tables.map((table) => label(table, ` [${tableType(table)}]`)),
    ...[...assertions, ...operations].map((action) => label(action, '')),
  ]
  const edges = [...tables, ...assertions, ...operations].flatMap((action) =>
    (action.dependencyTargets ?? []).map(
      (dependency) => `"${shortName(dependency)}" -> "${shortName(action.target)}"`,
    ),
  )
  return `digraph {\n${nodes.join(';\n')};\n${edges.join(';\n')};\n}`
}

/** How much `summaryText` says. */
export type SummaryDetail = 'counts' | 'names' | 'files'

function section(
  title: string,
  actions: readonly CoreActionBase[],
  detail: SummaryDetail,
  note: (action: CoreTable) => string,
): readonly string[] {
  if (actions.length === 0) return []
  const head = `${actions.length} ${title}(s)`
  if (detail === 'counts') return [`${head}.`]
  return [
    `${head}:`,
    ...actions.map((action) => {
      const disabled = action.disabled === true ? ' [disabled]' : ''
      const file = detail === 'files' ? `  ${action.fileName ?? ''}` : ''
      return `  ${shortName(action.target)}${note(action)}${disabled}${file}`
    }),
  ]
}

/** The actions by kind, one a line. */
export function summaryText(graph: CoreGraph, detail: SummaryDetail): string {
  const { tables = [], assertions = [], operations = [], declarations = [], tests = [] } = graph
  const none = (): string => ''
  const count = tables.length + assertions.length + operations.length
  const testActions = tests.map((test): CoreActionBase => ({
    target: { schema: test.target?.schema ?? '', name: test.name ?? '' },
    disabled: test.disabled ?? false,
    fileName: test.fileName ?? '',
  }))
  return [
    `Compiled ${count} action(s).`,
    ...section('dataset', tables, detail, (table) => ` [${tableType(table)}]`),
    ...section('assertion', assertions, detail, none),
    ...section('operation', operations, detail, none),
    ...section('declaration', declarations, detail, none),
    ...section('test', testActions, detail, none),
  ].join('\n')
}
