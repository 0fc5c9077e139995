/**
 * Comments from descriptions.
 */
import type { ActionBase, Target } from '../../graph/types.js'
import { quoteLiteral, quoteQualified } from '../../sql/identifiers.js'
import type { Relation } from '../catalog.js'
import { doBlock, formatText } from './do-block.js'

/** The words of `COMMENT ON` for a relation. */
export type CommentedKind = 'table' | 'view' | 'materialized view'

/** The descriptions of top-level columns, by name. */
export function columnComments(action: Pick<ActionBase, 'columns'>): ReadonlyMap<string, string> {
  return new Map(
    action.columns.flatMap(({ path, description }) =>
      path.length === 1 && path[0] !== undefined && description !== ''
        ? [[path[0], description]]
        : [],
    ),
  )
}

/** Comments on a relation and its columns. A description of a column that it does not have raises a warning. */
export function commentOn(
  target: Target,
  kind: CommentedKind,
  description: string,
  columns: ReadonlyMap<string, string>,
): readonly string[] {
  const name = quoteQualified(target)
  const statements: string[] = []
  if (description !== '')
    statements.push(`comment on ${kind} ${name} is ${quoteLiteral(description)};`)
  if (columns.size > 0) {
    statements.push(
      doBlock(`declare
  item record;
begin
  for item in
    select d.key as name, d.value as description, a.attname is null as is_missing
    from jsonb_each_text(${quoteLiteral(JSON.stringify(Object.fromEntries(columns)))}::jsonb) d
    left join pg_catalog.pg_attribute a
      on a.attrelid = ${quoteLiteral(name)}::regclass and a.attname = d.key and a.attnum > 0 and not a.attisdropped
  loop
    if item.is_missing then
      raise warning 'column % is described, but the query does not give it', item.name;
    else
      execute format('comment on column ${formatText(name)}.%I is %L', item.name, item.description);
    end if;
  end loop;
end`),
    )
  }
  return statements
}

/**
 * Comments on a relation that stays, only where they differ from those that it has; empty if none does.
 * @param kept what is there and keeps its comments; undefined for a relation that is made anew
 */
export function commentsThatDiffer(
  action: Pick<ActionBase, 'target' | 'description' | 'columns'>,
  kind: CommentedKind,
  kept: Relation | undefined,
): readonly string[] {
  const now = new Map(kept?.columns.map((column) => [column.name, column.comment]))
  const columns = new Map(
    [...columnComments(action)].filter(([name, text]) => now.get(name) !== text),
  )
  return commentOn(
    action.target,
    kind,
    kept?.comment === action.description ? '' : action.description,
    columns,
  )
}
