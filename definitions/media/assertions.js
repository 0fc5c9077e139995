// Dataform reads definitions/ only; these bring in the checks that stand beside it.
const checks = [
  'aggregates_match_fact',
  'article_totals_match_days',
  'event_in_future',
  'fact_references_resolve',
  'fresh',
  'missing_day',
  'missing_user_share_error',
  'missing_user_share_warn',
  'new_and_returning_users',
  'one_user_per_session',
  'referrer_classes_sum_to_total',
  'referrer_vanished',
  'row_account_balances',
  'rows_per_day',
  'session_has_interactions',
  'session_interactions_match_fact',
  'session_within_a_day',
]

for (const check of checks) require(`assertions/media/${check}.sqlx`)
