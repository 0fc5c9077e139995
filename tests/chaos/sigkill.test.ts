import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { connectionUrl } from '../../src/postgres/settings.js'
import { startCommand } from '../support/project.js'
import { Arena } from './arena.js'
import type { Disturbance } from './rounds.js'
import { rounds, SEED } from './rounds.js'

let arena: Arena
beforeAll(async () => {
  const server = inject('server')
  arena = await Arena.create({ direct: server, settings: server }, SEED)
})
afterAll(async () => {
  await arena.remove()
})

const kill: Disturbance = async (a, generation, random) => {
  const running = startCommand(
    a.project.dir,
    ['run', '--json', '--jobs', '4', `--vars=gen=${generation.gen}`],
    { DATABASE_URL: connectionUrl(a.settings) },
  )
  const wanted = random.between(1, 60)
  let looks = random.below(20)
  let lines = 0
  let over = false
  const due = new Promise<void>((resolve) => {
    running.child.stdout?.on('data', (text: string) => {
      lines += text.split('\n').length - 1
      if (lines >= wanted) resolve()
    })
    void running.ended.then(() => {
      over = true
      resolve()
    })
  })
  await due
  for (; looks > 0 && !over; looks--) await a.rows('select 1')
  running.child.kill('SIGKILL')
  const { signal, stdout, stderr } = await running.ended
  if (stderr !== '') console.log(stderr)
  return {
    report: null,
    hit:
      signal === 'SIGKILL'
        ? `SIGKILL after ${lines} events: ${stdout.split('\n').slice(-2)[0]?.slice(0, 200)}`
        : null,
  }
}

test('SIGKILL', () => rounds(arena, kill, { times: 30 }), 240_000)
