import { describe, expect, it } from 'vitest'
import type { CoreSession } from '../../src/compile/core-module.js'
import { skipNeedlessChecks } from '../../src/compile/needless-checks.js'

const target = (name: string, schema = 's') => ({ schema, name })
const action = (name: string, ...dependencies: readonly string[]) => ({
  target: target(name),
  canonicalTarget: target(name),
  dependencyTargets: dependencies.map((each) => target(each)),
})

/** A session whose own checks only write down that they were made. */
function session() {
  const made: string[] = []
  const own = {
    removeNonUniqueActionsFromCompiledGraph: () => void made.push('unique'),
    checkCircularity: () => void made.push('circular'),
  } as unknown as CoreSession
  skipNeedlessChecks(own)
  return { own, made }
}

describe('core’s check for repeated names', () => {
  const made = (graph: Readonly<Record<string, unknown>>) => {
    const { own, made } = session()
    own.removeNonUniqueActionsFromCompiledGraph?.(graph)
    return made
  }

  it('is spared where every target is there once', () => {
    const other = { ...action('a'), target: target('a', 't'), canonicalTarget: target('a', 't') }
    expect(made({ tables: [action('a'), other], assertions: [action('b')] })).toEqual([])
  })

  it('is made where two kinds of action have one name', () => {
    expect(made({ tables: [action('a')], operations: [action('a')] })).toEqual(['unique'])
  })

  it('is made where only the canonical targets are the same', () => {
    const renamed = { ...action('b'), canonicalTarget: target('a') }
    expect(made({ tables: [action('a'), renamed] })).toEqual(['unique'])
  })
})

describe('core’s check for cycles', () => {
  const made = (...actions: readonly unknown[]) => {
    const { own, made } = session()
    own.checkCircularity?.(actions)
    return made
  }

  it('is spared where the actions can be ordered', () => {
    expect(made(action('a', 'b', 'c'), action('b', 'c', 'c'), action('c', 'elsewhere'))).toEqual([])
  })

  it('is made where there is a cycle, also beside what can be ordered', () => {
    expect(made(action('x'), action('a', 'b', 'x'), action('b', 'a'))).toEqual(['circular'])
  })

  it('is made where an action depends on itself', () => {
    expect(made(action('a', 'a'))).toEqual(['circular'])
  })
})

it('a version of core without these checks is left alone', () => {
  const own = {} as unknown as CoreSession
  skipNeedlessChecks(own)
  expect(own).toEqual({})
})
