/** The habits of the warehouse, checked on the compiled graph. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { compileProject } from '../../src/compile/compile-project.js'
import type { Action, IncrementalAction, TableAction, ViewAction } from '../../src/graph/types.js'

const projectDir = join(import.meta.dirname, '..', '..')
const DOMAINS = ['media', 'product', 'streaming', 'social', 'tv']
const PREFIX = /^(stg|int|dim|bridge|fct|agg|rpt)_/
// A name that users rely on, from before the prefixes.
const UNPREFIXED = ['media.user_interactions']

// Columns that say of which row, cohort or version they are: one text for all would be wrong, or empty.
const DIFFERING = [
  'product._extract_date',
  'product._load_id',
  'product.country',
  'product.device_type',
  'product.is_current',
  'product.platform',
  'product.primary_platform',
  'product.retained_users',
  'product.signup_date',
  'product.user_id',
]

type Model = TableAction | ViewAction | IncrementalAction
const isModel = (action: Action): action is Model =>
  action.type === 'table' || action.type === 'view' || action.type === 'incremental'
const nameOf = (action: Action) => `${action.target.schema}.${action.target.name}`

let actions: readonly Action[]
let models: readonly Model[]
beforeAll(async () => {
  const compiled = await compileProject({ projectDir })
  if (!compiled.ok) throw new Error(compiled.problems.map((each) => each.message).join('\n'))
  actions = compiled.graph.actions
  models = actions.filter(isModel)
})

/** The names of the models for which something does not hold. */
const failing = (holds: (model: Model) => boolean, of: readonly Model[] = models) =>
  of.filter((model) => !holds(model)).map(nameOf)

const source = (action: Action) => readFileSync(join(projectDir, action.fileName), 'utf8')
/** What people and dashboards read, as against private steps. */
const published = () => models.filter((model) => !/^int_/.test(model.target.name))

test('there is a warehouse to look at', () => {
  expect(models.length).toBeGreaterThan(20)
})

describe('every model', () => {
  test('has the prefix of its kind, or a name that is fixed', () => {
    expect(
      failing((model) => PREFIX.test(model.target.name) || UNPREFIXED.includes(nameOf(model))),
    ).toEqual([])
  })

  test('is in the schema of its domain, and tagged with it', () => {
    expect(
      failing((model) => {
        const expected = model.target.schema === 'shared' ? DOMAINS : [model.target.schema]
        return expected.every((tag) => DOMAINS.includes(tag) && model.tags.includes(tag))
      }),
    ).toEqual([])
  })

  test('has a description whose first sentence gives the grain', () => {
    expect(failing((model) => /^One row per [^.]+[.,:]/.test(model.description))).toEqual([])
  })

  test('is in a file of its own name', () => {
    expect(failing((model) => model.fileName.endsWith(`/${model.target.name}.sqlx`))).toEqual([])
  })

  test('selects * in staging only, of what it imports', () => {
    expect(
      failing((model) => {
        const stars = source(model).match(/(?<=\bselect\s+)(\w+\.)?\*.*/gi) ?? []
        if (!model.fileName.includes('/staging/')) return stars.length === 0
        // Steps may pass on what they got, so only a relation must be an import, or a step of the same shape.
        const relations = stars.flatMap((star) => / from (.+)/.exec(star)?.[1] ?? [])
        return relations.every((relation) => /^(\$\{ref\(|files_of_)/.test(relation))
      }),
    ).toEqual([])
  })

  test('can be rebuilt, and is incremental by a key', () => {
    const incrementals = models.filter((model) => model.type === 'incremental')
    expect(incrementals.length).toBeGreaterThan(10)
    expect(
      failing(
        (model) =>
          model.type === 'incremental' &&
          !model.isProtected &&
          model.strategy === 'merge' &&
          model.uniqueKey.length > 0,
        incrementals,
      ),
    ).toEqual([])
  })
})

describe('every published model', () => {
  test('has its unique key asserted, if it is a table', () => {
    const asserted = new Set(
      actions.flatMap((action) =>
        action.type === 'assertion' && action.parent && action.target.name.includes('_uniqueKey_')
          ? [`${action.parent.schema}.${action.parent.name}`]
          : [],
      ),
    )
    const tables = published().filter((model) => model.type !== 'view')
    expect(failing((model) => asserted.has(nameOf(model)), tables)).toEqual([])
  })

  test('describes the columns that its query ends with', () => {
    expect(
      failing((model) => {
        const described = model.columns.map((column) => column.path.join('.'))
        return (
          described.length > 0 &&
          model.columns.every((column) => column.description !== '') &&
          JSON.stringify(described) === JSON.stringify(finalColumns(model.query))
        )
      }, published()),
    ).toEqual([])
  })
})

test('a column means the same in all of a domain, but for those that are said to differ', () => {
  const texts = new Map<string, Set<string>>()
  for (const model of models)
    for (const { path, description } of model.columns) {
      const name = `${model.target.schema}.${path.join('.')}`
      texts.set(name, (texts.get(name) ?? new Set()).add(description))
    }
  expect(texts.size).toBeGreaterThan(300)
  const differing = [...texts].filter(([, { size }]) => size > 1).map(([name]) => name)
  expect(differing.toSorted()).toEqual(DIFFERING)
})

/** The columns of a query's last select at the outermost level, whose items stand on lines of their own. */
function finalColumns(query: string): readonly string[] {
  const start = query.lastIndexOf('\nselect\n')
  const end = query.indexOf('\nfrom ', start)
  // A union ends with the select of its unknown member; both parts have the same columns.
  const text = query.slice(start + '\nselect\n'.length, end < 0 ? undefined : end)
  return splitItems(text).map((item) => {
    const alias = /\bas "?(\w+)"?$/.exec(item) ?? /(\w+)"?$/.exec(item)
    return alias?.[1] ?? item
  })
}

/** Splits at commas outside of parentheses; comments are left out. */
function splitItems(text: string): readonly string[] {
  const items: string[] = []
  let depth = 0
  let item = ''
  for (const character of text.replaceAll(/--.*$/gm, '')) {
    if (character === '(' || character === '[') depth++
    if (character === ')' || character === ']') depth--
    if (character === ',' && depth === 0) {
      items.push(item.trim())
      item = ''
    } else item += character
  }
  return [...items, item.trim()]
}
