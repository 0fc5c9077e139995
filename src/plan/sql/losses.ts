/**
 * What a rebuild can't put back yet. Nothing of it is lost in silence: some of it fails the action before
 * anything is touched, the rest is warned of.
 */
import type { Target } from '../../graph/types.js'
import { quoteLiteral, quoteQualified } from '../../sql/identifiers.js'

/**
 * Statements for the block that remembers dependents: fails if the relation or a dependent has something whose
 * loss would show data to the wrong people or stop something from happening.
 */
export function refuseWhatIsLost(target: Target): string {
  return `  select string_agg(what, ', ' order by what) into lost from (
    select (item_of->>'oid')::oid as oid, item_of->>'name' as name
    from jsonb_array_elements(memory) item_of
  ) r cross join lateral (
    select format('the row-level security of %s', r.name) as what
    from pg_catalog.pg_class where oid = r.oid and relrowsecurity
    union all
    select format('the policy %I on %s', polname, r.name) from pg_catalog.pg_policy where polrelid = r.oid
    union all
    select format('the trigger %I on %s', tgname, r.name)
    from pg_catalog.pg_trigger where tgrelid = r.oid and not tgisinternal
    union all
    select format('the rule %I on %s', rulename, r.name)
    from pg_catalog.pg_rewrite where ev_class = r.oid and rulename <> '_RETURN'
    union all
    select format('the grants on the column %I of %s', attname, r.name)
    from pg_catalog.pg_attribute where attrelid = r.oid and attacl is not null and not attisdropped
    union all
    select format('the membership of %s in the publication %I', r.name, p.pubname)
    from pg_catalog.pg_publication_rel m join pg_catalog.pg_publication p on p.oid = m.prpubid
    where m.prrelid = r.oid
    union all
    select format('the foreign key %I of %s', conname, conrelid::regclass)
    from pg_catalog.pg_constraint where confrelid = r.oid and contype = 'f' and conrelid <> r.oid
  ) found;
  if lost is not null then
    raise exception 'replacing % would lose %', ${quoteLiteral(quoteQualified(target))}, lost
      using errcode = 'feature_not_supported',
        hint = 'These are not kept through a rebuild yet. Drop them first, or make the model incremental.';
  end if;`
}

/** Statements that warn of indexes, constraints and statistics of the relation that the model does not declare. */
export function warnOfWhatIsLost(target: Target, declaredIndexes: readonly string[]): string {
  const root = `${quoteLiteral(quoteQualified(target))}::regclass`
  const declared =
    declaredIndexes.length === 0
      ? 'true'
      : `c.relname not in (${declaredIndexes.map(quoteLiteral).join(', ')})`
  return `  select string_agg(what, ', ' order by what) into lost from (
    select format('the index %I', c.relname) as what
    from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
    where i.indrelid = ${root} and ${declared}
      and not exists (select from pg_catalog.pg_constraint where conindid = i.indexrelid and conrelid = i.indrelid)
    union all
    select format('the constraint %I', conname) from pg_catalog.pg_constraint where conrelid = ${root} and contype <> 't'
    union all
    select format('the statistics %I', stxname) from pg_catalog.pg_statistic_ext where stxrelid = ${root}
  ) found;
  if lost is not null then
    raise warning '%: the rebuild drops %, which the model does not declare', ${quoteLiteral(quoteQualified(target))}, lost;
  end if;`
}
