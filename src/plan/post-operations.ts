/**
 * `post_operations` come after the gate, and may write to what has passed it. Whether they have is known from PostgreSQL's
 * own counts, so statements that do something else (grants, mostly) cost no second evaluation of the assertions.
 */
import type { AssertionAction, Target } from '../graph/types.js'
import { quoteLiteral, quoteQualified } from '../sql/identifiers.js'
import { auditStep } from './assertion.js'
import { sqlStep } from './steps.js'
import type { Step } from './types.js'
import { userSteps } from './user-sql.js'

/** What the post-operations of a model depend on. */
export interface PostOperations {
  readonly target: Target
  readonly texts: readonly string[]
  /** The inline assertions that hold when they begin. */
  readonly audits: readonly AssertionAction[]
  readonly sampleRows: number
}

/** The statements, and the assertions once more if rows may be others after them. */
export function postOperations(input: PostOperations): readonly Step[] {
  const steps = userSteps('post-operations', input.texts)
  if (steps.length === 0 || input.audits.length === 0) return steps
  const { target, audits, sampleRows } = input
  const name = quoteLiteral(quoteQualified(target))
  return [
    sqlStep('remember what is written', [
      `select set_config('dataform.written', ${written(name)}, true);`,
      // TRUNCATE empties a table of the same transaction in its place, and one of an outer transaction by a new file.
      'savepoint dataform_post_operations;',
    ]),
    ...steps,
    {
      kind: 'decide',
      label: 'what the post-operations have written',
      sql: `select current_setting('track_counts') = 'off'
  or current_setting('dataform.written', true) is distinct from ${written(name)} as facts;`,
      brief: 'evaluate the assertions again, if rows have changed (a look at the counts)',
      decide: (hasChanged) => ({
        steps:
          hasChanged === false
            ? []
            : audits.map((assertion) => auditStep(assertion, target, sampleRows)),
      }),
    },
  ]
}

/** An expression that is another text after rows were written, columns renamed, or a view's query was replaced. */
const written = (name: string): string => `(
    select string_agg(concat_ws(' ', c.oid, pg_relation_filenode(c.oid), pg_stat_get_xact_tuples_inserted(c.oid),
      pg_stat_get_xact_tuples_updated(c.oid), pg_stat_get_xact_tuples_deleted(c.oid),
      (select json_agg(a.attname order by a.attnum) from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0),
      (select r.xmin from pg_catalog.pg_rewrite r where r.ev_class = c.oid and r.rulename = '_RETURN')), '; ' order by c.oid)
    from pg_catalog.pg_class c
    where c.oid = to_regclass(${name}) or c.oid in (select relid from pg_catalog.pg_partition_tree(to_regclass(${name})))
  )`
