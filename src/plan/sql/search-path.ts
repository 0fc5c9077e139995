/**
 * The search path while definitions are carried out that PostgreSQL has written: empty, so that nothing somebody has made
 * can come before what a definition means.
 */

import { executed } from './do-block.js'

/** Empties the search path, and remembers what it was for the rest of the transaction. */
export const EMPTY_SEARCH_PATH = `select set_config('dataform.search_path', current_setting('search_path'), true), set_config('search_path', '', true);`

/** Sets it back to what it was. */
export const RESTORE_SEARCH_PATH = `select set_config('search_path', current_setting('dataform.search_path'), true);`

/** In a DO block that runs with the empty path: a statement of the user's, with the path that it would have elsewhere. */
export const withUsersPath = (statement: string): string =>
  `perform set_config('search_path', current_setting('dataform.search_path'), true);
  ${executed(statement)}
  perform set_config('search_path', '', true);`
