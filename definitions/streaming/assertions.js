// Dataform reads definitions/ only; these bring in the checks that stand beside it.
const checks = [
  'book_author_known',
  'current_and_deleted_make_all',
  'daily_streams_match_fact',
  'extract_held',
  'review_created_before_updated',
  'review_movie_in_catalogue',
  'row_account_balances',
  'stream_references_resolve',
  'vendor_fresh',
  'versions_differ',
  'versions_do_not_overlap',
]

for (const check of checks) require(`assertions/streaming/${check}.sqlx`)
