/**
 * All strategies.
 */
import { INCREMENTAL } from './incremental.js'
import { INDEXED } from './indexed.js'
import { OTHER } from './other.js'
import type { Strategy } from './strategy.js'
import { TABLES } from './tables.js'
import { VIEWS } from './views.js'

/** Every strategy by its name. */
export const STRATEGIES = {
  tables: TABLES,
  views: VIEWS,
  incremental: INCREMENTAL,
  indexed: INDEXED,
  other: OTHER,
} as const satisfies Readonly<Record<string, Strategy>>

/** The models of all strategies in one project; nothing has been put on them. */
export const TOGETHER: Strategy = {
  files: Object.assign({}, ...Object.values(STRATEGIES).map(({ files }) => files)) as Record<
    string,
    string
  >,
  beginEmpty: OTHER.beginEmpty ?? [],
}
