/**
 * The steps that put a shadow in its target's place.
 */
import { targetKey } from '../../graph/target.js'
import { quoteIdent, quoteLiteral, quoteQualified } from '../../sql/identifiers.js'
import { doBlock } from '../sql/do-block.js'
import { EMPTY_SEARCH_PATH, RESTORE_SEARCH_PATH } from '../sql/search-path.js'
import { sqlStep } from '../steps.js'
import type { BriefSql, DecideStep, Decision, Step } from '../types.js'
import { NOT_BARE, STAMP } from './attached.js'
import { areTorn, asFacts, factsOf } from './facts.js'
import type { Facts } from './facts.js'
import { readFacts } from './facts-sql.js'
import { planReplacement } from './plan-replacement.js'
import type { Replacement } from './types.js'

/** SQLSTATE of a `DROP` that something depends on. */
const DEPENDENT_OBJECTS_STILL_EXIST = '2BP01'

/** What a look at the catalog is called in the dry run. */
export const LOOK = 'read from the catalog'

const PREPARE_HINTS = {
  '23503':
    'Rows refer to a key that is not there: see the foreign key. The old table is as it was.',
  '23505':
    'Somebody has made a unique index or constraint on the table, and the new rows break it. The old table is as it was.',
  '23514':
    'Somebody has made a check constraint on the table, and the new rows break it. The old table is as it was.',
  '23502':
    'Somebody has made the column NOT NULL, and the new rows break that. The old table is as it was.',
}

/** What swapping depends on. */
export interface SwapInput {
  readonly replacement: Replacement
  /** The stamp of an old table off which nothing hangs, so that a plain drop does; else null. */
  readonly bareStamp: string | null
  /** What hangs off it now, for the dry run. */
  readonly previewFacts: Facts | undefined
}

/** One step; if nothing is on the old table a plain one, which turns to the other if that is not so any more. */
export function swapSteps(input: SwapInput): readonly Step[] {
  const { replacement, bareStamp, previewFacts } = input
  const full = swapStep(replacement, previewFacts)
  if (bareStamp === null) return [full]
  const { target, shadow } = replacement
  return [
    sqlStep(
      'swap',
      [
        `drop table ${quoteQualified(target)};`,
        `alter table ${quoteQualified(shadow)} rename to ${quoteIdent(target.name)};`,
        ...replacement.renames,
      ],
      {
        locks: [`lock table ${quoteQualified(target)} in access exclusive mode`],
        guard: stillBare(replacement, bareStamp),
        instead: { sqlstates: [NOT_BARE, DEPENDENT_OBJECTS_STILL_EXIST], steps: [full] },
      },
    ),
  ]
}

const stillBare = ({ target }: Replacement, stamp: string): BriefSql => ({
  brief: 'make sure that still nothing hangs off it (a look at the catalog)',
  sql: doBlock(`begin
  if (select ${STAMP} from pg_catalog.pg_class c where c.oid = ${quoteLiteral(quoteQualified(target))}::regclass)
      is distinct from ${quoteLiteral(stamp)} then
    raise exception 'something hangs off % now', ${quoteLiteral(quoteQualified(target))} using errcode = '${NOT_BARE}';
  end if;
end`),
})

function swapStep(replacement: Replacement, previewFacts: Facts | undefined): DecideStep {
  const decide = (facts: unknown): Decision => decideSwap(replacement, asFacts(facts))
  return {
    kind: 'decide',
    label: 'what hangs off it',
    sql: readFacts(replacement.target, [replacement.shadow]),
    brief: LOOK,
    decide,
    ...(previewFacts === undefined
      ? {}
      : { preview: decideSwap(replacement, withShadow(previewFacts, replacement)) }),
  }
}

function decideSwap(replacement: Replacement, facts: Facts): Decision {
  if (areTorn(facts)) return { isTorn: true }
  const { target } = replacement
  if (factsOf(facts, target) === undefined)
    return {
      refusal: {
        message: `somebody has dropped ${targetKey(target)} while its replacement was built`,
        hint: 'Run it again.',
      },
    }
  const decided = planReplacement(replacement, facts)
  if ('refusal' in decided) return decided
  const plan = decided.plan
  const { prepare, auditsBefore, checks, keys } = plan
  const { locks, alsoLocked, guard, swap, auditsAfter, warnings } = plan
  const hints = PREPARE_HINTS
  return {
    steps: [
      ...(prepare.length === 0
        ? []
        : [
            sqlStep(
              'prepare the swap',
              [EMPTY_SEARCH_PATH, ...prepare, RESTORE_SEARCH_PATH, ...checks],
              { hints },
            ),
          ]),
      ...auditsBefore,
      ...(keys === null
        ? []
        : [
            sqlStep('foreign keys', [EMPTY_SEARCH_PATH, ...keys.statements, RESTORE_SEARCH_PATH], {
              hints,
              locks: keys.locks,
              alsoLocked: keys.tables,
            }),
          ]),
      sqlStep('swap', swap, {
        locks,
        alsoLocked,
        guard,
        ...(keys === null ? {} : { givesBack: true }),
      }),
      ...auditsAfter,
    ],
    warnings,
  }
}

// Before the query has run its columns are not known: the preview takes those that are there.
function withShadow(facts: Facts, { target, shadow }: Replacement): Facts {
  const old = factsOf(facts, target)
  if (old === undefined) return facts
  return {
    ...facts,
    relations: [...facts.relations, { ...old, oid: 0, name: shadow.name, reads: [] }],
  }
}
