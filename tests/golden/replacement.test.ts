/** From what hangs off a table to the statements of its swap, or the reason why there is none. */
import { describe, expect, test } from 'vitest'
import type { Facts } from '../../src/plan/replace/facts.js'
import { planReplacement } from '../../src/plan/replace/plan-replacement.js'
import { NO_KEYS } from '../../src/plan/replace/types.js'
import type { RebuiltView, Replacement } from '../../src/plan/replace/types.js'
import { assertion, target } from '../support/actions.js'
import { column, facts, index, relationFacts, viewFacts } from '../support/facts.js'

const replacement = (rest: Partial<Replacement> = {}): Replacement => ({
  target: target('s.t'),
  shadow: target('s.shadow'),
  kind: 'table',
  declared: {
    comment: false,
    columnComments: new Set(),
    options: new Set(),
    indexes: new Set(['t_id_idx']),
  },
  renames: ['alter index "s"."shadow_0" rename to "t_id_idx";'],
  keys: NO_KEYS,
  rebuiltLater: new Map(),
  viewGate: { audits: new Map(), sampleRows: 5 },
  ...rest,
})

function render(known: Facts, rest: Partial<Replacement> = {}): string {
  const decided = planReplacement(replacement(rest), known)
  if ('refusal' in decided) return `refused: ${decided.refusal.message}\n${decided.refusal.hint}\n`
  const { prepare, auditsBefore, checks, keys, locks, swap, auditsAfter, warnings } = decided.plan
  return `${[
    ...warnings.map((warning) => `-- warning: ${warning}`),
    '-- prepare',
    ...prepare,
    ...checks,
    ...auditsBefore.map(({ label, sql }) => `-- ${label}\n${sql}`),
    ...(keys === null ? [] : ['-- locks of the foreign keys', ...keys.locks, ...keys.statements]),
    '-- locks',
    ...locks,
    '-- swap',
    ...swap,
    ...auditsAfter.map(({ label, sql }) => `-- ${label}\n${sql}`),
  ].join('\n')}\n`
}

const old = relationFacts('s.t', 'table')
const shadow = relationFacts('s.shadow', 'table')
const withoutName = relationFacts('s.shadow', 'table', { columns: [column('id')] })
const otherType = relationFacts('s.shadow', 'table', {
  columns: [column('id', { type: 'bigint' }), column('name', { type: 'text' })],
})

const everything = relationFacts('s.t', 'table', {
  owner: 'them',
  options: ['autovacuum_enabled=false', 'toast.autovacuum_enabled=false'],
  comment: "it's",
  replicaIdentity: 'f',
  hasRowSecurity: true,
  forcesRowSecurity: true,
  grants: [
    { grantee: 'a"b', grantor: null, privilege: 'SELECT', isGrantable: true },
    { grantee: null, grantor: null, privilege: 'INSERT', isGrantable: false },
  ],
  columns: [
    column('id', { isNotNull: true, default: "nextval('s.q'::regclass)", comment: 'key' }),
    column('name', {
      type: 'text',
      statisticsTarget: 50,
      options: ['n_distinct=5'],
      storage: 'EXTERNAL',
      compression: 'lz4',
      grants: [{ grantee: null, grantor: null, privilege: 'UPDATE', isGrantable: false }],
    }),
  ],
  indexes: [
    index('t_id_idx', 'CREATE INDEX t_id_idx ON s.t USING btree (id)'),
    index(
      'by_hand',
      'CREATE UNIQUE INDEX by_hand ON s.t USING btree (lower(name)) WHERE (id > 0)',
      {
        comment: 'mine',
        isClustered: true,
      },
    ),
    index('old', 'CREATE INDEX old ON s.t USING btree (name)', {
      comment: 'Made by dataform from the config of the model (0123abcd)',
    }),
    index('broken', 'CREATE INDEX broken ON s.t USING btree (name)', { isValid: false }),
    index('pk', 'CREATE UNIQUE INDEX pk ON s.t USING btree (id)', {
      constraint: 'pk',
      isReplicaIdentity: true,
    }),
  ],
  constraints: [
    { name: 'pk', type: 'p', definition: 'PRIMARY KEY (id)', reference: null, comment: null },
    { name: 'positive', type: 'c', definition: 'CHECK ((id > 0))', reference: null, comment: 'c' },
    {
      name: 'self',
      type: 'f',
      definition: 'FOREIGN KEY (id) REFERENCES s.t(id)',
      reference: { ...target('s.t'), isAllowed: true },
      comment: null,
    },
  ],
  incoming: [
    {
      name: 'child_fk',
      table: target('s.child'),
      owner: 'me',
      isMine: true,
      definition: 'FOREIGN KEY (t_id) REFERENCES s.t(id) NOT VALID',
      comment: 'k',
    },
  ],
  policies: [
    {
      name: 'p',
      isPermissive: false,
      command: 'UPDATE',
      roles: ['a', null],
      using: '(id = ( SELECT max(t_1.id) FROM s.t t_1))',
      check: 'true',
      comment: 'p',
    },
  ],
  triggers: [
    {
      name: 'g',
      definition: 'CREATE TRIGGER g BEFORE INSERT ON s.t FOR EACH ROW EXECUTE FUNCTION s.f()',
      enabled: 'A',
      comment: null,
    },
  ],
  rules: [
    {
      name: 'r',
      definition: 'CREATE RULE r AS ON INSERT TO s.t DO NOTHING;',
      enabled: 'D',
      comment: null,
    },
  ],
  statistics: [
    {
      schema: 'o',
      name: 'st',
      definition: 'CREATE STATISTICS o.st ON id, name FROM s.t',
      target: 100,
      comment: null,
    },
  ],
  publications: [{ name: 'pub', owner: 'me', isMine: true, columns: ['id'], where: '(id > 0)' }],
  bound: [
    {
      what: 'function s.f()',
      owner: 'me',
      isMine: true,
      statement: 'CREATE OR REPLACE FUNCTION s.f() ...',
    },
  ],
})

const matview = (key: string, of: string, rest: object = {}) =>
  viewFacts(key, of, ['id'], { kind: 'materialized view', ...rest })

describe('a swap', () => {
  test.each([
    ['everything', render({ ...facts(everything, shadow), hasDefaultPrivileges: true })],
    [
      'views',
      render(
        facts(
          old,
          viewFacts('s.v', 's.t', ['id'], { options: ['security_barrier=true'], owner: 'them' }),
          viewFacts('s.on_v', 's.v', ['id']),
          shadow,
        ),
      ),
    ],
    [
      'materialized-views',
      render(
        facts(
          old,
          matview('s.m2', 's.m'),
          matview('s.m', 's.t', {
            tablespace: 'fast',
            options: ['fillfactor=70'],
            indexes: [
              index('m_id', 'CREATE UNIQUE INDEX m_id ON s.m USING btree (id)', {
                comment: 'Made by dataform from the config of the model (0123abcd)',
              }),
            ],
          }),
          matview('s.empty', 's.t', { isPopulated: false }),
          viewFacts('s.on_m', 's.m', ['id']),
          matview('s.through', 's.v'),
          viewFacts('s.v', 's.t', ['id']),
          shadow,
        ),
      ),
    ],
    [
      'mixed-materialized-view',
      render(
        facts(
          old,
          viewFacts('s.v', 's.t', ['id']),
          matview('s.m', 's.t', {
            reads: [
              { ...target('s.t'), columns: ['id'] },
              { ...target('s.v'), columns: ['id'] },
            ],
          }),
          shadow,
        ),
      ),
    ],
    [
      'changed-type',
      render(
        facts(
          old,
          viewFacts('s.v', 's.t', ['id'], {
            grants: [{ grantee: 'a', grantor: null, privilege: 'SELECT', isGrantable: false }],
          }),
          viewFacts('s.on_v', 's.v', ['id']),
          viewFacts('s.untouched', 's.t', ['name']),
          otherType,
        ),
      ),
    ],
    [
      'rebuilt-later',
      render(facts(old, viewFacts('s.v', 's.t', ['name']), withoutName), {
        rebuiltLater: new Map([['s.v', { kind: 'view', query: 'select id as name from s.t' }]]),
      }),
    ],
    [
      'rebuilt-later-with-gate',
      render(facts(old, matview('s.m', 's.t'), viewFacts('s.v', 's.t', ['name']), withoutName), {
        rebuiltLater: new Map<string, RebuiltView>([
          ['s.m', { kind: 'materialized view', query: 'select id, 1 as one from "s"."t"' }],
          ['s.v', { kind: 'view', query: 'select id as name from s.t' }],
        ]),
        viewGate: {
          audits: new Map(
            ['s.m', 's.v'].map((key) => [
              key,
              [
                assertion(`a.${target(key).name}_rows`, {
                  parent: target(key),
                  query: `select * from ${key} where not (id > 0)`,
                }),
              ],
            ]),
          ),
          sampleRows: 5,
        },
      }),
    ],
    [
      'view-that-reads-what-goes',
      render(facts(old, viewFacts('s.v', 's.t', ['name']), withoutName)),
    ],
    [
      'what-can-not-be-kept',
      render(
        facts(
          { ...old, unkeepable: ['the identity of its column id', 'its place under s.parent'] },
          matview('s.m', 's.t', { unkeepable: ['something'] }),
          shadow,
        ),
      ),
    ],
    [
      'part-on-what-goes',
      render(
        facts(
          { ...old, needs: [{ what: 'index s.by_name', columns: ['id', 'name'] }] },
          withoutName,
        ),
      ),
    ],
    [
      'view-of-somebody-else',
      render(facts(old, viewFacts('s.v', 's.t', ['id'], { isMine: false, owner: 'them' }), shadow)),
    ],
  ])('%s', async (name, text) => {
    await expect(text).toMatchFileSnapshot(`replacement/${name}.sql`)
  })
})
