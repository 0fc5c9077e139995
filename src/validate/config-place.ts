/**
 * Where in its file an action's config says something.
 */
import { CONFIG_BLOCK, configKey, findInSource, quotedName } from '../compile/find-in-source.js'
import type { SourceSpot } from '../failure/types.js'
import type { Desk } from './world.js'

/**
 * The place of an option in the config of an action, of a value in it if one is given; else of the config.
 * @param option such as `clusterBy`
 */
export function configSpot(desk: Desk, option: string, value?: string): SourceSpot {
  const { projectDir } = desk.world
  const { fileName, target } = desk.subject
  const key = configKey(option).source
  const inOption =
    value === undefined
      ? []
      : [new RegExp(`(?<=${key}["']?\\s*:[^\\]\\n]*)${quotedName(value).source}`)]
  // In a file with many actions the first key of that name may be another action's.
  const name = quotedName(target.name)
  return findInSource(
    projectDir,
    fileName,
    fileName.endsWith('.sqlx')
      ? [...inOption, configKey(option), CONFIG_BLOCK]
      : [name, ...inOption, configKey(option)],
  )
}

/** The place of a column's description: its key in `columns`, else the config. */
export function descriptionSpot(desk: Desk, column: string): SourceSpot {
  const after = `(?<=${configKey('columns').source}["']?\\s*:[\\s\\S]*)`
  return findInSource(desk.world.projectDir, desk.subject.fileName, [
    new RegExp(after + configKey(column).source),
    new RegExp(after + quotedName(column).source),
    CONFIG_BLOCK,
  ])
}
