import { describe, expect, test } from 'vitest'
import { selectActions, SELECT_ALL } from '../../src/graph/select.js'
import { targetKey } from '../../src/graph/target.js'
import type { Graph } from '../../src/graph/types.js'
import { assertion, table, target, view } from '../support/actions.js'

const graph: Graph = {
  actions: [
    table('media.stg_events', { tags: ['media'] }),
    table('media.dim_users', { tags: ['media'], dependencies: [target('media.stg_events')] }),
    view('media.rpt_users', { tags: ['report'], dependencies: [target('media.dim_users')] }),
    assertion('checks.users_unique', { dependencies: [target('media.dim_users')] }),
    table('tv.dim_users', { tags: ['tv'] }),
  ],
  tests: [],
  vars: {},
}

function select(rest: Partial<typeof SELECT_ALL>): readonly string[] {
  const result = selectActions(graph, { ...SELECT_ALL, ...rest })
  return result.ok ? result.actions.map((action) => targetKey(action.target)) : result.messages
}

describe('selectActions', () => {
  test('nothing asked for is everything', () => {
    expect(select({})).toHaveLength(5)
  })

  test('a name with its schema, and a name alone', () => {
    expect(select({ actions: ['media.dim_users'] })).toEqual(['media.dim_users'])
    expect(select({ actions: ['stg_events'] })).toEqual(['media.stg_events'])
  })

  test('a pattern matches the whole name, with or without the schema', () => {
    expect(select({ actions: ['media.*'] })).toHaveLength(3)
    expect(select({ actions: ['dim_*'] })).toEqual(['media.dim_users', 'tv.dim_users'])
    expect(select({ actions: ['*users'] })).toEqual([
      'media.dim_users',
      'media.rpt_users',
      'tv.dim_users',
    ])
  })

  test('a dot in a pattern is a dot', () => {
    expect(select({ actions: ['media*users'] })).toEqual(['media.dim_users', 'media.rpt_users'])
    expect(select({ actions: ['mediaXdim_users'] })[0]).toMatch(/no action matches/)
  })

  test('tags and actions add up, in the order of the graph', () => {
    expect(select({ tags: ['tv'], actions: ['media.rpt_users'] })).toEqual([
      'media.rpt_users',
      'tv.dim_users',
    ])
  })

  test('with dependencies and dependents, to any depth', () => {
    expect(select({ actions: ['rpt_users'], includeDependencies: true })).toEqual([
      'media.stg_events',
      'media.dim_users',
      'media.rpt_users',
    ])
    expect(select({ actions: ['stg_events'], includeDependents: true })).toEqual([
      'media.stg_events',
      'media.dim_users',
      'media.rpt_users',
      'checks.users_unique',
    ])
  })

  test('what matches nothing is an error with the nearest names', () => {
    expect(select({ actions: ['stg_event'] })).toEqual([
      'no action matches "stg_event"; the nearest are media.stg_events',
    ])
    expect(select({ tags: ['medla'] })).toEqual([
      'no action has the tag "medla"; the nearest are media',
    ])
  })

  test('a name that several schemas have is ambiguous', () => {
    expect(select({ actions: ['dim_users'] })).toEqual([
      '"dim_users" is the name of several actions: media.dim_users, tv.dim_users',
    ])
  })
})
