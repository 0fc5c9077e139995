/**
 * The owner and everybody's rights.
 */
import { quoteIdent, quoteLiteral, quoteQualified } from '../../sql/identifiers.js'
import { doBlock } from '../sql/do-block.js'
import { eachPartition } from '../sql/each-partition.js'
import { ifColumn } from './attach-options.js'
import type { AttachOptions } from './attach-options.js'
import type { Grant, RelationFacts } from './facts.js'

/** Statements that give the new relation the old one's owner and rights, and no others. */
export function rights(old: RelationFacts, options: AttachOptions): readonly string[] {
  const { onto, ontoKind, columns, currentUser, hasDefaultPrivileges } = options
  const name = quoteQualified(onto)
  return [
    ...(old.owner === currentUser
      ? []
      : [
          `alter ${ontoKind} ${name} owner to ${quoteIdent(old.owner)};`,
          ...(old.kind === 'partitioned table'
            ? [eachPartition(name, `owner to ${quoteIdent(old.owner)}`)]
            : []),
        ]),
    ...(hasDefaultPrivileges ? [revokeDefaults(name)] : []),
    ...old.grants.map((grant) => grantOn(grant, name, '')),
    ...old.columns
      .filter((column) => columns === null || columns.has(column.name))
      .flatMap((column) =>
        column.grants.map((grant) => {
          const statement = grantOn(grant, name, ` (${quoteIdent(column.name)})`)
          return columns === null ? ifColumn(onto, column.name, statement) : statement
        }),
      ),
  ]
}

const roleName = (role: string | null): string => (role === null ? 'public' : quoteIdent(role))

/** Rights that the owner has given up. The engine needs them itself as long as it works on the relation. */
export function withheld(old: RelationFacts, name: string): readonly string[] {
  return old.withheld.map(
    (privilege) => `revoke ${privilege.toLowerCase()} on ${name} from ${quoteIdent(old.owner)};`,
  )
}

function grantOn(
  { grantee, grantor, privilege, isGrantable }: Grant,
  name: string,
  column: string,
): string {
  const statement = `grant ${privilege.toLowerCase()}${column} on ${name} to ${roleName(grantee)}${isGrantable ? ' with grant option' : ''};`
  return grantor === null ? statement : grantAs(grantor, statement)
}

// Only the role itself can grant as that role. Where it may not be taken on, the right counts more than who gave it.
const grantAs = (grantor: string, statement: string): string =>
  doBlock(`declare
  role constant text := current_setting('role');
begin
  perform set_config('role', ${quoteLiteral(grantor)}, true);
  ${statement}
  perform set_config('role', role, true);
exception when insufficient_privilege then
  ${statement}
  raise warning 'the right is given by the owner now, not by %: %', ${quoteLiteral(grantor)}, sqlerrm;
end`)

// Default privileges may have given what the old relation did not have.
const revokeDefaults = (name: string): string =>
  doBlock(`declare
  statement text;
begin
  for statement in
    select distinct format('revoke all on %s from %s', ${quoteLiteral(name)},
      case g.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(g.grantee)) end)
    from pg_catalog.pg_class c, aclexplode(c.relacl) g
    where c.oid = ${quoteLiteral(name)}::regclass and g.grantee <> c.relowner
  loop
    execute statement;
  end loop;
end`)
