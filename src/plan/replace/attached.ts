/**
 * Whether anything hangs off a relation. If nothing does, a rebuild drops it plainly.
 */
import { isManagedSql } from '../sql/managed.js'

/**
 * An SQL condition on a row `c` of `pg_class`. Comments don't count: the config's are set again, and whether there are
 * others is known from the catalog.
 */
export const HAS_ATTACHMENTS = `(
  c.relacl is not null or c.relrowsecurity or c.relhastriggers or c.relhasrules or c.reltablespace <> 0
  or c.relreplident <> 'd' or c.relispartition or c.relkind = 'p'
  or pg_catalog.obj_description(c.reltype, 'pg_type') is not null
  or c.relowner <> (select oid from pg_catalog.pg_roles where rolname = current_user)
  or exists (select from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    and (a.attnotnull or a.atthasdef or a.attidentity <> '' or a.attacl is not null or a.attoptions is not null
      or coalesce(a.attstattarget, -1) <> -1 or a.attcompression <> ''
      or a.attstorage <> (select typstorage from pg_catalog.pg_type where oid = a.atttypid)))
  or exists (select from pg_catalog.pg_index i where i.indrelid = c.oid
    and (i.indisclustered or not ${isManagedSql("obj_description(i.indexrelid, 'pg_class')")}))
  or exists (select from pg_catalog.pg_depend d where d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid
    and d.deptype in ('n', 'a') and not exists (select from pg_catalog.pg_class x
      where d.classid = 'pg_class'::regclass and x.oid = d.objid and x.relkind in ('i', 'I')))
  or exists (select from pg_catalog.pg_depend d where d.refclassid = 'pg_type'::regclass and d.refobjid = c.reltype
    and d.deptype = 'n')
  or exists (select from pg_catalog.pg_inherits i where c.oid in (i.inhparent, i.inhrelid))
  or exists (select from pg_catalog.pg_seclabel l where l.classoid = 'pg_class'::regclass and l.objoid = c.oid)
)`

/**
 * An SQL expression on a row `c` of `pg_class`: a text that changes when anything is put on the relation or taken off it.
 * It costs a fraction of the condition above, which needs to be known once, before the work begins.
 */
export const STAMP = `concat_ws(' ', c.oid, c.xmin,
  (select count(*) from pg_catalog.pg_depend d where d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid),
  (select count(*) from pg_catalog.pg_depend d where d.refclassid = 'pg_type'::regclass and d.refobjid = c.reltype),
  (select string_agg(a.xmin::text, ',' order by a.attnum) from pg_catalog.pg_attribute a where a.attrelid = c.oid))`

/** SQLSTATE of a plain swap that finds something on the relation after all. */
export const NOT_BARE = 'DF001'
