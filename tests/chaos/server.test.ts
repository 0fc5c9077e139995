import { afterAll, beforeAll, describe, test } from 'vitest'
import { Arena } from './arena.js'
import { CrashServer } from './crash-server.js'
import { atStatement, crash, fillLocks, fillTemporaryFiles, killBackend } from './disturbances.js'
import { rounds, SEED } from './rounds.js'

let server: CrashServer
beforeAll(async () => {
  server = await CrashServer.start()
})
afterAll(async () => {
  await server.stop()
})
describe.each(['tables', 'views', 'incremental', 'indexed', 'other'])('%s', (tag) => {
  let arena: Arena
  beforeAll(async () => {
    arena = await Arena.create(server, SEED, [tag])
  })
  afterAll(async () => {
    await arena.remove()
  })
  test('kill', () => rounds(arena, killBackend, { times: 6 }), 120_000)
  test('kill, retried', () => rounds(arena, killBackend, { times: 6, retries: true }), 120_000)
  test('kill at', () => rounds(arena, atStatement('kill'), { times: 6 }), 120_000)
  test('full at', () => rounds(arena, atStatement('full'), { times: 6 }), 120_000)
  test(
    'crash',
    () => rounds(arena, (a, ...rest) => crash(server)(a, ...rest), { times: 4 }),
    120_000,
  )
  test(
    'crash, retried',
    () => rounds(arena, (a, ...rest) => crash(server)(a, ...rest), { times: 4, retries: true }),
    120_000,
  )
  test('temp', () => rounds(arena, fillTemporaryFiles, { times: 4 }), 120_000)
  test('locks', () => rounds(arena, fillLocks, { times: 4 }), 120_000)
})
