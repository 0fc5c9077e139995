import { afterAll, beforeAll, describe, inject, test } from 'vitest'
import { Arena } from './arena.js'
import { cut } from './disturbances.js'
import { Proxy } from './proxy.js'
import { rounds, SEED } from './rounds.js'

describe.each(['tables', 'views', 'incremental', 'indexed', 'other'])('%s', (tag) => {
  let proxy: Proxy
  let arena: Arena
  beforeAll(async () => {
    const server = inject('server')
    proxy = await Proxy.listen(() => `${server.host}/.s.PGSQL.${server.port}`)
    arena = await Arena.create(
      { direct: server, settings: { ...server, host: '127.0.0.1', port: proxy.port } },
      SEED,
      [tag],
    )
  })
  afterAll(async () => {
    await arena.remove()
    await proxy.close()
  })
  test('cut', () => rounds(arena, cut(proxy), { times: 10 }), 120_000)
  test('cut, retried', () => rounds(arena, cut(proxy), { times: 10, retries: true }), 120_000)
})
