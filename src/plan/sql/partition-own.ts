/**
 * What hangs off one partition alone. A rebuild makes partitions anew from their parent, and an exchange one of them, so
 * all of this would be lost: whatever differs from the parent, and whatever depends on the partition and is no copy of
 * what the parent has.
 */
import { isManagedSql } from './managed.js'

const describe = 'pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid)'

const RELATION = `select r.what
  from (values
    ('the owner', pc.relowner <> pp.relowner
      and pc.relowner <> (select oid from pg_catalog.pg_roles where rolname = current_user)),
    ('the grants', pc.relacl is not null),
    ('the row-level security', pc.relrowsecurity or pc.relforcerowsecurity),
    ('the storage settings', pc.reloptions is not null
      or exists (select from pg_catalog.pg_class x where x.oid = pc.reltoastrelid and x.reloptions is not null)),
    ('the tablespace', pc.reltablespace <> pp.reltablespace),
    ('the access method', pc.relam not in (0, pp.relam, (select oid from pg_catalog.pg_am
      where pp.relam = 0 and amname = current_setting('default_table_access_method')))),
    ('the persistence', pc.relpersistence <> pp.relpersistence),
    ('the replica identity', pc.relreplident <> 'd'),
    ('the partitioning', pc.relkind = 'p'),
    ('the foreign server', pc.relkind = 'f'),
    ('the DEFAULT bound', pg_get_expr(pc.relpartbound, pc.oid) = 'DEFAULT'),
    ('the security label', exists (select from pg_catalog.pg_seclabel l
      where l.classoid = 'pg_class'::regclass and l.objoid = pc.oid)),
    ('the place in a subscription', exists (select from pg_catalog.pg_subscription_rel s where s.srrelid = pc.oid))
  ) r(what, is_own)
  where r.is_own`

// Most columns have nothing: the first look is at what costs no join.
const COLUMNS = `select format('the %s of the column %I', r.what, a.attname)
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_type t on t.oid = a.atttypid
  join pg_catalog.pg_attribute p on p.attrelid = pp.oid and p.attname = a.attname
  left join pg_catalog.pg_attrdef ad on ad.adrelid = a.attrelid and ad.adnum = a.attnum
  left join pg_catalog.pg_attrdef pd on pd.adrelid = p.attrelid and pd.adnum = p.attnum
  cross join lateral (values
    ('NOT NULL', a.attnotnull and not p.attnotnull),
    ('default', pg_get_expr(ad.adbin, ad.adrelid) <> coalesce(pg_get_expr(pd.adbin, pd.adrelid), '')),
    ('grants', a.attacl is not null),
    ('statistics target', coalesce(a.attstattarget, -1) not in (-1, coalesce(p.attstattarget, -1))),
    ('options', a.attoptions is not null),
    ('storage', a.attstorage not in (p.attstorage, t.typstorage)),
    ('compression', a.attcompression not in ('', p.attcompression))
  ) r(what, is_own)
  where a.attrelid = pc.oid and a.attnum > 0 and not a.attisdropped and r.is_own
    and (a.attnotnull or a.atthasdef or a.attacl is not null or a.attoptions is not null or a.attcompression <> ''
      or coalesce(a.attstattarget, -1) <> -1 or a.attstorage <> t.typstorage)
  union all select 'the comment' || coalesce(' of the column ' || quote_ident(a.attname), '')
  from pg_catalog.pg_description s
  left join pg_catalog.pg_attribute a on a.attrelid = s.objoid and a.attnum = s.objsubid and a.attnum > 0
  where s.classoid = 'pg_class'::regclass and s.objoid = pc.oid`

// Copies of what the parent has know their original, in one way or another; an invalid index is of no use to anybody.
const DEPENDENTS = `select ${describe}
  from pg_catalog.pg_depend d
  where d.refclassid = 'pg_class'::regclass and d.refobjid = pc.oid and d.deptype in ('n', 'a') and not (
    d.classid = 'pg_attrdef'::regclass
    or (d.classid = 'pg_class'::regclass and (d.objid = pc.oid
      or exists (select from pg_catalog.pg_inherits i where i.inhrelid = d.objid)
      or exists (select from pg_catalog.pg_index x where x.indexrelid = d.objid and not x.indisvalid)))
    or (d.classid = 'pg_constraint'::regclass and exists (select from pg_catalog.pg_constraint k
      where k.oid = d.objid and (k.conparentid <> 0 or k.coninhcount > 0)))
    or (d.classid = 'pg_trigger'::regclass and exists (select from pg_catalog.pg_trigger g
      where g.oid = d.objid and (g.tgisinternal or g.tgparentid <> 0)))
  )
  union select format('the use of its row type in %s', ${describe})
  from pg_catalog.pg_depend d
  where d.refclassid = 'pg_type'::regclass and d.refobjid = pc.reltype and d.deptype = 'n'
  union select format('the comment on %s', ${describe})
  from pg_catalog.pg_depend d
  join pg_catalog.pg_description s on s.classoid = d.classid and s.objoid = d.objid and s.objsubid = 0
  where d.refclassid = 'pg_class'::regclass and d.refobjid = pc.oid and not ${isManagedSql('s.description')}`

// The parent's indexes and triggers have copies that can be changed by themselves.
const COPIES = `select format('the settings of the index %s', x.indexrelid::regclass)
  from pg_catalog.pg_index x
  join pg_catalog.pg_class xc on xc.oid = x.indexrelid
  join pg_catalog.pg_inherits i on i.inhrelid = x.indexrelid
  join pg_catalog.pg_class px on px.oid = i.inhparent
  where x.indrelid = pc.oid and (x.indisclustered or x.indisreplident or xc.reltablespace <> px.reltablespace
    or xc.reloptions is distinct from px.reloptions)
  union all select format('the state of the trigger %I', g.tgname)
  from pg_catalog.pg_trigger g
  join pg_catalog.pg_trigger p on p.oid = g.tgparentid
  where g.tgrelid = pc.oid and not g.tgisinternal and g.tgenabled <> p.tgenabled`

/** A query with the column `what`, about a partition and its parent, rows `pc` and `pp` of `pg_class`. */
export const OWN_THINGS = `select own.what from (
  ${RELATION}
  union all ${COLUMNS}
  union all (${DEPENDENTS})
  union all ${COPIES}
) own`
