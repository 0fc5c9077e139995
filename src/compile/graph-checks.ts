/**
 * What core lets pass and PostgreSQL, or this engine, does not take.
 */
import type { Problem, SourceSpot } from '../failure/types.js'
import { targetKey } from '../graph/target.js'
import { MAX_IDENTIFIER_BYTES } from '../sql/identifiers.js'
import type { CoreActionBase, CoreGraph, CoreTable } from './core-graph.js'
import { findCycles } from './cycles.js'
import { CONFIG_BLOCK, configKey, findInSource, quotedName, word } from './find-in-source.js'
import { coreActions, narrowTarget } from './narrow.js'

/** Looks a place up in the file of an action. */
type Locate = (action: CoreActionBase, wanted: readonly RegExp[]) => SourceSpot

function keyOf(action: CoreActionBase): string {
  return targetKey(narrowTarget(action.target))
}

/** Actions whose names become names in the database. */
function relations(graph: CoreGraph): readonly CoreActionBase[] {
  return [
    ...(graph.declarations ?? []),
    ...(graph.tables ?? []),
    ...(graph.operations ?? []).filter((operation) => operation.hasOutput === true),
  ]
}

function identifiersOf(action: CoreActionBase): readonly string[] {
  const { schema, name } = narrowTarget(action.target)
  const table = action as CoreTable
  const columns = [
    ...(table.uniqueKey ?? []),
    ...(table.bigquery?.clusterBy ?? []),
    ...(action.actionDescriptor?.columns ?? []).flatMap((column) => column.path ?? []),
  ]
  return [...new Set([schema, name, ...columns])]
}

function tooLong(graph: CoreGraph, locate: Locate): readonly Problem[] {
  return relations(graph).flatMap((action) =>
    identifiersOf(action).flatMap((identifier): Problem[] => {
      const bytes = Buffer.byteLength(identifier, 'utf8')
      if (bytes <= MAX_IDENTIFIER_BYTES) return []
      return [
        {
          kind: 'identifier-too-long',
          message: `"${identifier}" has ${bytes} bytes; PostgreSQL keeps ${MAX_IDENTIFIER_BYTES}`,
          action: keyOf(action),
          at: locate(action, [quotedName(identifier), word(identifier), CONFIG_BLOCK]),
          hint: 'give it a shorter name',
        },
      ]
    }),
  )
}

function otherDatabases(graph: CoreGraph, locate: Locate): readonly Problem[] {
  const own = graph.projectConfig?.defaultDatabase ?? ''
  return coreActions(graph).flatMap((action): Problem[] => {
    const database = action.canonicalTarget?.database ?? ''
    if (database === '' || database === own) return []
    return [
      {
        kind: 'unsupported',
        message: `"${keyOf(action)}" is in the database "${database}"; PostgreSQL sees only its own`,
        action: keyOf(action),
        at: locate(action, [quotedName(database), configKey('database'), configKey('project')]),
        hint: 'leave the database out, or make its tables visible with postgres_fdw',
      },
    ]
  })
}

function withoutSchema(graph: CoreGraph, locate: Locate): readonly Problem[] {
  return coreActions(graph).flatMap((action): Problem[] =>
    (action.target?.schema ?? '') !== ''
      ? []
      : [
          {
            kind: 'config',
            message: `"${action.target?.name ?? ''}" has no schema`,
            at: locate(action, [CONFIG_BLOCK]),
            hint: 'set "defaultSchema" in dataform.json, or schema in the config',
          },
        ],
  )
}

function unsupportedActions(graph: CoreGraph, locate: Locate): readonly Problem[] {
  const kinds = [
    ['notebooks', 'notebooks'],
    ['dataPreparations', 'data preparations'],
    ['propertyGraphs', 'property graphs'],
  ] as const
  const others = kinds.flatMap(([field, name]) =>
    (graph[field] ?? []).map((action): Problem => ({
      kind: 'unsupported',
      message: `${name} exist on BigQuery only`,
      action: keyOf(action),
      at: locate(action, [CONFIG_BLOCK]),
    })),
  )
  const justInTime = coreActions(graph).flatMap((action): Problem[] =>
    (action.jitCode ?? '') === ''
      ? []
      : [
          {
            kind: 'unsupported',
            message: 'just-in-time compilation (jitCode) exists on BigQuery only',
            action: keyOf(action),
            at: locate(action, [word('jitCode'), CONFIG_BLOCK]),
            hint: 'write the query with query(...) or in the file itself',
          },
        ],
  )
  return [...others, ...justInTime]
}

function cycles(graph: CoreGraph, locate: Locate): readonly Problem[] {
  const byKey = new Map(coreActions(graph).map((action) => [keyOf(action), action]))
  const dependencies = new Map(
    [...byKey].map(([key, action]) => [
      key,
      (action.dependencyTargets ?? []).map((target) => targetKey(narrowTarget(target))),
    ]),
  )
  return findCycles(dependencies).map((cycle) => {
    const [first = '', second = first] = cycle
    const start = byKey.get(first)
    const next = byKey.get(second)?.canonicalTarget?.name ?? second
    return {
      kind: 'cycle',
      message: `these depend on each other: ${[...cycle, first].join(' > ')}`,
      action: first,
      ...(start === undefined
        ? {}
        : { at: locate(start, [quotedName(next), /\bself\(\)/, CONFIG_BLOCK]) }),
      hint: 'take one of these references away; a table reads itself with self()',
    }
  })
}

function locateIn(projectDir: string): Locate {
  return (action, wanted) => findInSource(projectDir, action.fileName ?? '', wanted)
}

/**
 * The cycles of core's graph, each with the reference that closes it.
 * @param projectDir the project's root
 */
export function cycleProblems(graph: CoreGraph, projectDir: string): readonly Problem[] {
  return cycles(graph, locateIn(projectDir))
}

/**
 * What of core's graph can't be run on PostgreSQL.
 * @param projectDir the project's root
 */
export function postgresProblems(graph: CoreGraph, projectDir: string): readonly Problem[] {
  return [tooLong, otherDatabases, withoutSchema, unsupportedActions].flatMap((check) =>
    check(graph, locateIn(projectDir)),
  )
}

/** Options that BigQuery has and PostgreSQL has no counterpart for; key in the config, then what it says. */
function ignoredOptions(table: CoreTable): readonly string[] {
  const { bigquery, actionDescriptor } = table
  const has = (record: object | undefined): boolean => Object.keys(record ?? {}).length > 0
  return [
    ...(has(actionDescriptor?.bigqueryLabels) ? ['labels'] : []),
    ...(has(bigquery?.additionalOptions) ? ['additionalOptions'] : []),
    ...((bigquery?.storageUri ?? '') === '' ? [] : ['iceberg']),
    ...(bigquery?.requirePartitionFilter === true ? ['requirePartitionFilter'] : []),
    ...((actionDescriptor?.reservation ?? '') === '' ? [] : ['reservation']),
    ...(actionDescriptor?.columns?.some((column) => (column.bigqueryPolicyTags ?? []).length > 0)
      ? ['bigqueryPolicyTags']
      : []),
  ]
}

/** Options that can't be honoured, one warning each. */
export function postgresWarnings(graph: CoreGraph, projectDir: string): readonly Problem[] {
  return (graph.tables ?? []).flatMap((table) =>
    ignoredOptions(table).map((option): Problem => ({
      kind: 'unsupported',
      message: `"${option}" has no effect on PostgreSQL`,
      action: keyOf(table),
      at: findInSource(projectDir, table.fileName ?? '', [configKey(option), CONFIG_BLOCK]),
    })),
  )
}
