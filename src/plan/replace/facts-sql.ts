/**
 * Reads what hangs off a relation, in one query. Everything comes out qualified, because it is read with an empty
 * search path, and in a fixed order, because its hash tells whether something has changed.
 */
import type { Target } from '../../graph/types.js'
import { quoteLiteral, quoteQualified } from '../../sql/identifiers.js'
import { isManagedSql } from '../sql/managed.js'
import { OWN_THINGS } from '../sql/partition-own.js'

const describe = (alias: string): string =>
  `pg_catalog.pg_describe_object(${alias}.classid, ${alias}.objid, ${alias}.objsubid)`

const list = (element: string, order: string, from: string): string =>
  `(select coalesce(json_agg(${element} order by ${order}), '[]') from ${from})`

const comment = (catalog: string, oid: string): string =>
  `pg_catalog.obj_description(${oid}, '${catalog}')`

// What an owner has by himself is not granted. Those who grant come after those who gave them the right to.
const grants = (acl: string, which = 'true'): string =>
  list(
    `json_build_object('grantee', case g.grantee when 0 then null else pg_get_userbyid(g.grantee) end,
      'grantor', case when g.grantor <> c.relowner then pg_get_userbyid(g.grantor) end,
      'privilege', g.privilege_type, 'isGrantable', g.is_grantable)`,
    'g.grantor <> c.relowner, g.position',
    `aclexplode(${acl}) with ordinality g(grantor, grantee, privilege_type, is_grantable, position)
      where ${which}`,
  )

const WITHHELD = list(
  'w.privilege_type',
  'w.privilege_type',
  `(
    select d.privilege_type from aclexplode(acldefault('r', c.relowner)) d
    where c.relacl is not null and d.grantee = c.relowner
    except select g.privilege_type from aclexplode(c.relacl) g where g.grantee = c.relowner
  ) w`,
)

const isMine = (owner: string): string => `pg_has_role(${owner}, 'usage')`

const COLUMNS = list(
  `json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
    'collation', (select format('%I.%I', cn.nspname, l.collname) from pg_catalog.pg_collation l
      join pg_catalog.pg_namespace cn on cn.oid = l.collnamespace
      where l.oid = a.attcollation and a.attcollation <> t.typcollation),
    'comment', col_description(c.oid, a.attnum),
    'default', case when a.attgenerated = '' then (select pg_get_expr(d.adbin, d.adrelid)
      from pg_catalog.pg_attrdef d where d.adrelid = c.oid and d.adnum = a.attnum) end,
    'isNotNull', a.attnotnull, 'isGenerated', a.attgenerated <> '', 'isIdentity', a.attidentity <> '',
    'statisticsTarget', nullif(a.attstattarget, -1),
    'options', coalesce(to_json(a.attoptions), '[]'),
    'storage', case when a.attstorage <> t.typstorage then
      case a.attstorage when 'p' then 'PLAIN' when 'e' then 'EXTERNAL' when 'm' then 'MAIN' else 'EXTENDED' end end,
    'compression', case a.attcompression when 'p' then 'pglz' when 'l' then 'lz4' end,
    'grants', ${grants('a.attacl')})`,
  'a.attnum',
  `pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped`,
)

const INDEXES = list(
  `json_build_object('name', x.relname, 'definition', pg_get_indexdef(i.indexrelid),
    'comment', ${comment('pg_class', 'i.indexrelid')}, 'isValid', i.indisvalid, 'isClustered', i.indisclustered,
    'isReplicaIdentity', i.indisreplident,
    'constraint', (select k.conname from pg_catalog.pg_constraint k
      where k.conindid = i.indexrelid and k.conrelid = c.oid and k.contype in ('p', 'u', 'x')))`,
  'x.relname',
  `pg_catalog.pg_index i join pg_catalog.pg_class x on x.oid = i.indexrelid where i.indrelid = c.oid`,
)

const CONSTRAINTS = list(
  `json_build_object('name', k.conname, 'type', k.contype, 'definition', pg_get_constraintdef(k.oid),
    'reference', (select json_build_object('schema', fn.nspname, 'name', fc.relname,
        'isAllowed', has_table_privilege(fc.oid, 'references')
          or has_any_column_privilege(fc.oid, 'references'))
      from pg_catalog.pg_class fc join pg_catalog.pg_namespace fn on fn.oid = fc.relnamespace
      where fc.oid = k.confrelid),
    'comment', ${comment('pg_constraint', 'k.oid')})`,
  'k.conname',
  `pg_catalog.pg_constraint k where k.conrelid = c.oid and k.contype in ('c', 'f', 'n', 'p', 'u', 'x')
    and k.conparentid = 0`,
)

const INCOMING = list(
  `json_build_object('name', k.conname, 'table', json_build_object('schema', kn.nspname, 'name', kc.relname),
    'owner', pg_get_userbyid(kc.relowner), 'isMine', ${isMine('kc.relowner')},
    'definition', pg_get_constraintdef(k.oid), 'comment', ${comment('pg_constraint', 'k.oid')})`,
  'kn.nspname, kc.relname, k.conname',
  `pg_catalog.pg_constraint k
    join pg_catalog.pg_class kc on kc.oid = k.conrelid join pg_catalog.pg_namespace kn on kn.oid = kc.relnamespace
    where k.confrelid = c.oid and k.contype = 'f' and k.conrelid <> c.oid and k.conparentid = 0`,
)

const POLICIES = list(
  `json_build_object('name', p.polname, 'isPermissive', p.polpermissive,
    'command', case p.polcmd when 'r' then 'SELECT' when 'a' then 'INSERT' when 'w' then 'UPDATE'
      when 'd' then 'DELETE' else 'ALL' end,
    'roles', (select json_agg(case r when 0 then null else pg_get_userbyid(r) end order by r) from unnest(p.polroles) r),
    'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid),
    'comment', ${comment('pg_policy', 'p.oid')})`,
  'p.polname',
  `pg_catalog.pg_policy p where p.polrelid = c.oid`,
)

const TRIGGERS = list(
  `json_build_object('name', g.tgname, 'definition', pg_get_triggerdef(g.oid), 'enabled', g.tgenabled,
    'comment', ${comment('pg_trigger', 'g.oid')})`,
  'g.tgname',
  `pg_catalog.pg_trigger g where g.tgrelid = c.oid and not g.tgisinternal`,
)

const RULES = list(
  `json_build_object('name', r.rulename, 'definition', pg_get_ruledef(r.oid), 'enabled', r.ev_enabled,
    'comment', ${comment('pg_rewrite', 'r.oid')})`,
  'r.rulename',
  `pg_catalog.pg_rewrite r where r.ev_class = c.oid and r.rulename <> '_RETURN'`,
)

const STATISTICS = list(
  `json_build_object('schema', sn.nspname, 'name', s.stxname, 'definition', pg_get_statisticsobjdef(s.oid),
    'target', nullif(s.stxstattarget, -1), 'comment', ${comment('pg_statistic_ext', 's.oid')})`,
  'sn.nspname, s.stxname',
  `pg_catalog.pg_statistic_ext s join pg_catalog.pg_namespace sn on sn.oid = s.stxnamespace where s.stxrelid = c.oid`,
)

const PUBLICATIONS = list(
  `json_build_object('name', p.pubname, 'owner', pg_get_userbyid(p.pubowner), 'isMine', ${isMine('p.pubowner')},
    'columns', (select coalesce(json_agg(a.attname order by a.attnum), '[]') from unnest(m.prattrs::int2[]) n
      join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = n),
    'where', pg_get_expr(m.prqual, m.prrelid))`,
  'p.pubname',
  `pg_catalog.pg_publication_rel m join pg_catalog.pg_publication p on p.oid = m.prpubid where m.prrelid = c.oid`,
)

// By name: another table under the same name is no change for whoever reads it.
const READS = list(
  `json_build_object('schema', d.nspname, 'name', d.relname, 'columns', d.columns)`,
  'd.nspname, d.relname',
  `(
    select dn.nspname, dc.relname,
      coalesce(json_agg(a.attname order by a.attname) filter (where a.attname is not null), '[]') as columns
    from pg_catalog.pg_rewrite r
    join pg_catalog.pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
    join pg_catalog.pg_class dc on dc.oid = d.refobjid
    join pg_catalog.pg_namespace dn on dn.oid = dc.relnamespace
    left join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid and a.attnum > 0
    where r.ev_class = c.oid and r.rulename = '_RETURN' and d.refclassid = 'pg_class'::regclass and d.refobjid <> c.oid
    group by dn.nspname, dc.relname
  ) d`,
)

// Parts of the relation that are about certain columns, without those that the engine has made.
const NEEDS = list(
  `json_build_object('what', p.what, 'columns', p.columns)`,
  'p.what',
  `(
    select ${describe('d')} as what, json_agg(distinct a.attname order by a.attname) as columns
    from pg_catalog.pg_depend d
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = d.refobjsubid
    where d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid and d.refobjsubid > 0 and (
      d.classid in ('pg_constraint'::regclass, 'pg_trigger'::regclass, 'pg_policy'::regclass, 'pg_statistic_ext'::regclass)
      or (d.classid = 'pg_class'::regclass and exists (select from pg_catalog.pg_index i where i.indexrelid = d.objid))
    ) and not ${isManagedSql('obj_description(d.objid, (select relname from pg_catalog.pg_class where oid = d.classid)::name)')}
    group by d.classid, d.objid, d.objsubid
  ) p`,
)

// Things elsewhere whose text names the relation: carried out again, the text means what has the name by then.
const BOUND = list(
  `json_build_object('what', b.what, 'owner', pg_get_userbyid(b.owner), 'isMine', ${isMine('b.owner')}, 'statement', b.statement)`,
  'b.what',
  `(
    select distinct ${describe('d')} as what, case d.classid
      when 'pg_proc'::regclass then (select f.proowner from pg_catalog.pg_proc f where f.oid = d.objid)
      when 'pg_rewrite'::regclass then (select rc.relowner from pg_catalog.pg_rewrite r
        join pg_catalog.pg_class rc on rc.oid = r.ev_class where r.oid = d.objid)
      else (select pc.relowner from pg_catalog.pg_policy p join pg_catalog.pg_class pc on pc.oid = p.polrelid where p.oid = d.objid)
    end as owner, case d.classid
      when 'pg_proc'::regclass then pg_get_functiondef(d.objid)
      when 'pg_rewrite'::regclass then (select regexp_replace(pg_get_ruledef(r.oid), '^CREATE RULE', 'CREATE OR REPLACE RULE')
        from pg_catalog.pg_rewrite r where r.oid = d.objid)
      else (select format('alter policy %I on %s%s%s', p.polname, p.polrelid::regclass,
          ' using (' || pg_get_expr(p.polqual, p.polrelid) || ')',
          ' with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')')
        from pg_catalog.pg_policy p where p.oid = d.objid)
    end as statement
    from pg_catalog.pg_depend d
    where d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid and (
      (d.classid = 'pg_proc'::regclass and exists (select from pg_catalog.pg_proc f
        where f.oid = d.objid and f.prokind in ('f', 'p') and f.prosqlbody is not null))
      or (d.classid = 'pg_rewrite'::regclass and exists (select from pg_catalog.pg_rewrite r
        where r.oid = d.objid and r.ev_class <> c.oid and r.rulename <> '_RETURN'))
      or (d.classid = 'pg_policy'::regclass and exists (select from pg_catalog.pg_policy p
        where p.oid = d.objid and p.polrelid <> c.oid))
    )
  ) b`,
)

// Whatever depends on it and is handled nowhere above, by name.
const UNKEEPABLE = list(
  'u.what',
  'u.what',
  `(
    select format('the inheritance child %s', i.inhrelid::regclass) as what
    from pg_catalog.pg_inherits i where i.inhparent = c.oid and c.relkind = 'r'
    union select format('its place under %s', i.inhparent::regclass)
    from pg_catalog.pg_inherits i where i.inhrelid = c.oid
    union select format('the use of its row type in %s', ${describe('d')})
    from pg_catalog.pg_depend d join pg_catalog.pg_type t on t.oid = d.refobjid
    where d.refclassid = 'pg_type'::regclass and d.deptype = 'n'
      and (t.oid = c.reltype or t.oid = (select typarray from pg_catalog.pg_type where oid = c.reltype))
    union select format('the identity of its column %I', a.attname)
    from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attidentity <> '' and not a.attisdropped
    union select format('the security label of %s', l.provider)
    from pg_catalog.pg_seclabel l where l.classoid = 'pg_class'::regclass and l.objoid = c.oid
    union select 'its place in a subscription'
    from pg_catalog.pg_subscription_rel s where s.srrelid = c.oid
    union select ${describe('d')}
    from pg_catalog.pg_depend d
    where d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid and d.deptype in ('n', 'a') and not (
      d.classid in ('pg_statistic_ext'::regclass, 'pg_publication_rel'::regclass, 'pg_attrdef'::regclass)
      or (d.classid = 'pg_rewrite'::regclass)
      or (d.classid = 'pg_policy'::regclass)
      or (d.classid = 'pg_class'::regclass and exists (select from pg_catalog.pg_class x
        where x.oid = d.objid and (x.relkind in ('i', 'I') or (x.relispartition and c.relkind = 'p') or x.oid = c.oid)))
      or (d.classid = 'pg_class'::regclass and c.relkind = 'r' and exists (select from pg_catalog.pg_inherits i
        where i.inhrelid = d.objid and i.inhparent = c.oid))
      or (d.classid = 'pg_constraint'::regclass and exists (select from pg_catalog.pg_constraint k
        where k.oid = d.objid and (k.conrelid = c.oid or (k.contype = 'f' and k.confrelid = c.oid))))
      or (d.classid = 'pg_trigger'::regclass and exists (select from pg_catalog.pg_trigger g
        where g.oid = d.objid and (g.tgrelid = c.oid or g.tgisinternal)))
      or (d.classid = 'pg_proc'::regclass and exists (select from pg_catalog.pg_proc f
        where f.oid = d.objid and f.prokind in ('f', 'p') and f.prosqlbody is not null))
    )
    union select format('%s of its partition %s', p.what, p.partition)
    from (
      select pc.oid::regclass as partition, w.what
      from pg_catalog.pg_partition_tree(case when c.relkind = 'p' then c.oid end) part
      join pg_catalog.pg_class pc on pc.oid = part.relid
      join pg_catalog.pg_class pp on pp.oid = part.parentrelid
      cross join lateral (${OWN_THINGS}) w
      where part.relid <> c.oid
    ) p
  ) u`,
)

// What tells one view from another.
const SHAPE = `'kind', case c.relkind when 'r' then 'table' when 'p' then 'partitioned table' when 'v' then 'view'
    else 'materialized view' end,
  'owner', pg_get_userbyid(c.relowner), 'isMine', ${isMine('c.relowner')},
  'definition', case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end,
  'isPopulated', c.relispopulated,
  'options', (select coalesce(json_agg(o.text order by o.is_toast, o.position), '[]') from (
      select false as is_toast, m.position, m.text from unnest(c.reloptions) with ordinality m(text, position)
      union all select true, m.position, 'toast.' || m.text from pg_catalog.pg_class x
        cross join unnest(x.reloptions) with ordinality m(text, position) where x.oid = c.reltoastrelid
    ) o),
  'columns', ${COLUMNS},
  'indexes', ${INDEXES}`

/** The facts of one relation, `pg_class` as `c` and its schema as `n`. */
const RELATION = `json_build_object(
  'oid', c.oid::int8, 'schema', n.nspname, 'name', c.relname,
  ${SHAPE},
  'session', case when pg_is_other_temp_schema(n.oid)
    then coalesce(pg_stat_get_backend_pid(substring(n.nspname from '\\d+$')::int), 0) end,
  'isUnlogged', c.relpersistence = 'u',
  'tablespace', (select s.spcname from pg_catalog.pg_tablespace s where s.oid = c.reltablespace),
  'replicaIdentity', c.relreplident, 'hasRowSecurity', c.relrowsecurity, 'forcesRowSecurity', c.relforcerowsecurity,
  'comment', ${comment('pg_class', 'c.oid')}, 'typeComment', ${comment('pg_type', 'c.reltype')},
  'grants', ${grants('c.relacl', 'g.grantee <> c.relowner')}, 'withheld', ${WITHHELD},
  'constraints', ${CONSTRAINTS},
  'incoming', ${INCOMING},
  'policies', ${POLICIES},
  'triggers', ${TRIGGERS},
  'rules', ${RULES},
  'statistics', ${STATISTICS},
  'publications', ${PUBLICATIONS},
  'needs', ${NEEDS},
  'reads', ${READS},
  'bound', ${BOUND},
  'unkeepable', ${UNKEEPABLE}
)`

const regclass = (target: Target): string => `to_regclass(${quoteLiteral(quoteQualified(target))})`

// The relation itself and the views on it, to any depth.
const tree = (target: Target): string => `(
    with recursive tree as (
      select ${regclass(target)}::oid as oid
      union
      select r.ev_class
      from tree
      join pg_catalog.pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = tree.oid
      join pg_catalog.pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid and r.rulename = '_RETURN'
      where r.ev_class <> tree.oid
    )
    select oid from tree
  )`

const relations = (from: string): string =>
  `(select coalesce(json_agg(${RELATION} order by c.oid), '[]') from ${from} wanted
    join pg_catalog.pg_class c on c.oid = wanted.oid join pg_catalog.pg_namespace n on n.oid = c.relnamespace)`

/** An expression: the facts of a relation and all views on it, as `json`. The search path has to be empty. */
export function treeFacts(target: Target): string {
  return relations(tree(target))
}

/** Statements of which one gives a row with the column `facts` (see `ViewShapes`). Locks are given back, as below. */
export function readShapes(old: Target, next: Target): string {
  const shape = (target: Target): string =>
    `(select json_build_object(${SHAPE}) from pg_catalog.pg_class c where c.oid = ${regclass(target)})`
  return `savepoint dataform_look;
set local search_path = '';
select json_build_object('old', ${shape(old)}, 'next', ${shape(next)}) as facts;
rollback to savepoint dataform_look;
release savepoint dataform_look;`
}

/**
 * Statements of which one gives a row with the column `facts` (see `Facts`). To read a view's definition locks all that
 * the view reads; what is undone at the end are these locks, which would keep others from swapping those tables.
 * @param others more relations to read, without what is on them, such as the one that is to take the place
 */
export function readFacts(target: Target, others: readonly Target[]): string {
  const more = others.map((other) => `select ${regclass(other)}::oid as oid`).join(' union all ')
  return `savepoint dataform_look;
set local search_path = '';
select json_build_object(
  'currentUser', current_user,
  'hasDefaultPrivileges', exists (select from pg_catalog.pg_default_acl),
  'relations', tree.relations,
  'others', ${more === '' ? `'[]'::json` : relations(`(${more})`)},
  'fingerprint', md5(tree.relations::text)
) as facts
from (select ${treeFacts(target)} as relations) tree;
rollback to savepoint dataform_look;
release savepoint dataform_look;`
}
