/**
 * Queues: tables in which models say what another one has to look at again, each thing once. They say it in the
 * transaction that changes it; the reader takes it in the transaction that looks. After a run nothing is left.
 */

/**
 * Puts things into a queue.
 * @param {{ queue: string, columns: readonly string[], things: string }} step `columns` are the key of the relation;
 *   `things` is a query of them
 * @returns {string} SQL statement
 */
function add({ queue, columns, things }) {
  const list = columns.join(', ')
  // Rows are in one order, so that two writers can't wait for each other.
  return `insert into ${queue} (${list})
    select distinct ${list}
    from (
        ${things}
    ) as things
    order by ${list}
    -- Updated rather than left alone: a reader that is taking it at this moment waits for us, and we for it.
    on conflict (${list}) do update set ${columns[0]} = excluded.${columns[0]};`
}

/**
 * Takes things off a queue: makes a temporary table of them.
 * @param {{ queue: string, columns: readonly string[], into: string, whose?: string }} step `into` is the table;
 *   `whose` is a condition, where the queue has several readers
 * @returns {string} SQL statements
 */
function take({ queue, columns, into, whose = 'true' }) {
  const list = columns.join(', ')
  return `create temporary table ${into} on commit drop as
    select ${list}
    from ${queue}
    where ${whose};
    delete from ${queue}
    where ${whose} and (${list}) in (select ${list} from ${into});
    analyze ${into};`
}

module.exports = { add, take }
