// Dataform reads definitions/ only; these bring in the checks that stand beside it.
const checks = [
  'adoption_matches_facts',
  'amounts_agree',
  'fact_references_resolve',
  'facts_match_staging',
  'fresh',
  'latest_version_per_invoice',
  'one_currency_per_user',
  'quarantine_share',
  'report_revenue_matches_fact',
  'report_users_match_sources',
  'row_account_balances',
  'rows_per_day',
  'source_is_empty',
]

for (const check of checks) require(`assertions/social/${check}.sqlx`)
