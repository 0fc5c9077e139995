// Dataform reads definitions/ only; these bring in the checks that stand beside it.
const checks = [
  'app_is_mapped',
  'daily_matches_staging',
  'day_sums_agree',
  'device_within_a_day',
  'fresh',
  'mapping_is_clear',
  'missing_day',
  'one_file_per_date',
  'profile_matches_days',
  'references_resolve',
  'reject_share',
  'row_account_balances',
  'rows_per_day',
  'type_is_app',
]

for (const check of checks) require(`assertions/tv/${check}.sqlx`)
