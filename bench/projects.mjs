/**
 * Makes Dataform projects of any size for the benchmarks: trivial SQL in the dependency shape of a
 * warehouse (staging, intermediate, facts, reports), two inline assertions a model.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BENCH } from './processes.mjs'

/** The schemas that the projects write. */
export const SCHEMA = 'bench'
export const ASSERTION_SCHEMA = 'bench_assertions'

/** Which share of the models is in a layer, and on how many models of the layer before one of them builds. */
const LAYERS = [
  { name: 'staging', prefix: 'stg', share: 0.4, inputs: 0 },
  { name: 'intermediate', prefix: 'int', share: 0.25, inputs: 2 },
  { name: 'facts', prefix: 'fct', share: 0.25, inputs: 3 },
  { name: 'reports', prefix: 'rpt', share: 0.1, inputs: 3 },
]

/** The position of a model's layer: a model reads models of earlier layers only. */
export function layerOf(name) {
  return LAYERS.findIndex(({ prefix }) => name.startsWith(`${prefix}_`))
}

const MODELS_A_FOLDER = 25

/**
 * Writes a project.
 * @param folder made anew; what was there is deleted
 * @param options.models number of models; the assertions are twice as many
 * @param options.form `3` for `@dataform/core` 3, `2` for 2.6.7 (the last version for PostgreSQL)
 * @param options.warehouse `postgres` or `bigquery`
 */
export function makeProject(folder, { models, form, warehouse = 'postgres' }) {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, 'definitions'), { recursive: true })
  writeFileSync(join(folder, 'dataform.json'), `${JSON.stringify(settings(warehouse), null, 2)}\n`)
  installCore(folder, form)
  for (const model of shape(models)) {
    const path = join(folder, 'definitions', model.layer, model.folder)
    mkdirSync(path, { recursive: true })
    writeFileSync(join(path, `${model.name}.sqlx`), modelText(model))
  }
}

function settings(warehouse) {
  return {
    warehouse,
    defaultSchema: SCHEMA,
    assertionSchema: ASSERTION_SCHEMA,
    ...(warehouse === 'bigquery' ? { defaultDatabase: 'bench', defaultLocation: 'US' } : {}),
  }
}

/** The stock commands read core, and what core needs, inside of the project only: not through symbolic links. */
function installCore(folder, form) {
  const core = join(BENCH, 'node_modules', `dataform-core-${form}`)
  const { version } = manifestOf(core)
  writeFileSync(
    join(folder, 'package.json'),
    `${JSON.stringify({ private: true, dependencies: { '@dataform/core': version } }, null, 2)}\n`,
  )
  copyPackage('@dataform/core', core, folder)
}

const manifestOf = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))

/** Copies an installed package with its dependencies into a folder's `node_modules`. */
function copyPackage(name, source, folder) {
  const target = join(folder, 'node_modules', name)
  cpSync(source, target, { recursive: true })
  for (const dependency of Object.keys(manifestOf(source).dependencies ?? {})) {
    if (existsSync(join(source, 'node_modules', dependency))) continue
    const found = join(BENCH, 'node_modules', dependency)
    copyPackage(dependency, found, target)
  }
}

function shape(count) {
  const models = []
  let before = []
  let left = count
  for (const layer of LAYERS) {
    const size = layer === LAYERS.at(-1) ? left : Math.round(count * layer.share)
    left -= size
    const names = Array.from(
      { length: size },
      (_, i) => `${layer.prefix}_model_${String(i).padStart(4, '0')}`,
    )
    names.forEach((name, i) => {
      models.push({
        name,
        layer: layer.name,
        folder: `group_${String(Math.floor(i / MODELS_A_FOLDER)).padStart(2, '0')}`,
        inputs: pick(before, i, layer.inputs),
      })
    })
    before = names
  }
  return models
}

/** Spread over the layer before, always the same ones: neighbours share inputs, as models of a subject do. */
function pick(names, i, wanted) {
  const step = 7
  const picked = new Set()
  for (let k = 0; k < wanted; k++) picked.add(names[(i + k * step) % names.length])
  picked.delete(undefined)
  return [...picked]
}

function modelText({ name, layer, inputs }) {
  return `config {
  type: "table",
  description: "One row an id: ${name}.",
  tags: ["${layer}"],
  assertions: { uniqueKey: ["id"], nonNull: ["id", "value"] }
}

${inputs.length === 0 ? 'select id, id * 2 as value from generate_series(1, 10) as id' : joined(inputs)}
`
}

function joined(inputs) {
  const [first, ...others] = inputs.map((input, i) => ({
    ref: `\${ref("${input}")}`,
    alias: `t${i}`,
  }))
  const value = [first, ...others].map(({ alias }) => `${alias}.value`).join(' + ')
  return [
    `select ${first.alias}.id, ${value} as value`,
    `from ${first.ref} as ${first.alias}`,
    ...others.map(({ ref, alias }) => `join ${ref} as ${alias} on ${alias}.id = ${first.alias}.id`),
  ].join('\n')
}
