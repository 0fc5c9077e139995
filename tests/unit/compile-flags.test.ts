import { describe, expect, test } from 'vitest'
import { parseVars } from '../../src/cli/flags.js'

describe('parseVars', () => {
  test.each([
    [undefined, {}],
    ['a=1,b=2', { a: '1', b: '2' }],
    ['a=1=2,b=', { a: '1=2', b: '' }],
    ['hosts=x.com,y.com,as_of=2025-01-01', { hosts: 'x.com,y.com', as_of: '2025-01-01' }],
  ])('%s', (text, vars) => {
    expect(parseVars(text)).toEqual(vars)
  })

  test.each(['x', '=1', 'x,a=1', 'a=1,=2'])('%s is refused', (text) => {
    expect(() => parseVars(text)).toThrow(/is not key=value/)
  })
})
