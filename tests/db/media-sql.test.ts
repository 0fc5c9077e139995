/** The project's own unit tests of SQL: the real command, all of them green. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { startCommand } from '../support/project.js'
import { projectDir } from './media-warehouse.js'

let db: TestDatabase
beforeAll(async () => {
  db = await createTestDatabase()
})
afterAll(async () => {
  await db.drop()
})

test.each([
  ['with the settings of dataform.json', ''],
  [
    'with other hosts, another gap and another day',
    'own_hosts=a.test,session_gap_minutes=5,as_of=2025-03-31',
  ],
])('dataform test passes %s', async (_, vars) => {
  const args = vars === '' ? ['test'] : ['test', '--vars', vars]
  const outcome = await startCommand(projectDir, args, { DATABASE_URL: db.url }).ended
  expect(outcome, outcome.stdout + outcome.stderr).toMatchObject({ code: 0 })
  for (const name of ['urls', 'referrers', 'fields', 'quarantine', 'sessionized', 'retention'])
    expect(outcome.stdout).toMatch(new RegExp(`^ok +media_${name}\\b`, 'm'))
})
