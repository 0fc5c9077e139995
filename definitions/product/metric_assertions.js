// Dataform reads definitions/ only; these bring in the checks of the metrics, which stand beside it.
const checks = [
  'ad_clicks_within_impressions',
  'check_15_enough_daily_metrics',
  'check_16_dau_not_negative',
  'check_17_session_events_in_range',
  'churned_were_active',
  'cohorts_sum_to_users',
  'daily_metrics_have_all_days',
  'daily_metrics_match_fact',
  'daily_metrics_match_users',
  'engagement_has_current_users',
  'funnel_narrows',
  'growth_explains_change',
  'growth_matches_daily_metrics',
  'platforms_make_all',
]

for (const check of checks) require(`assertions/product/${check}.sqlx`)
