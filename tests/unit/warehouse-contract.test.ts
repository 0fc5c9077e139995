/** The names that users' queries rely on, checked on the compiled graph: a rename breaks them, so it breaks this. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { compileProject } from '../../src/compile/compile-project.js'
import type { Action } from '../../src/graph/types.js'

const projectDir = join(import.meta.dirname, '..', '..')

const words = (text: string) => text.trim().split(/\s+/)

const TABLES: Readonly<Record<string, readonly string[]>> = {
  shared: words('dim_date dim_time'),
  media: words(`
    user_interactions dim_users dim_content dim_sessions
    agg_daily_users agg_article_performance agg_category_engagement agg_traffic_sources agg_hourly_activity
    rpt_retention rpt_content_journey rpt_popular_content`),
  product: words(`
    fct_events dim_users dim_platform dim_event_type
    agg_daily_metrics agg_user_engagement agg_retention_cohorts agg_growth_daily agg_growth_weekly
    rpt_funnel rpt_nday_retention rpt_churn_risk rpt_power_users rpt_cross_platform rpt_geography rpt_demographics`),
  streaming: words(`
    fct_streams dim_movies dim_users dim_books dim_authors dim_reviews
    bridge_author_nationalities bridge_review_books bridge_review_movies bridge_movie_books
    agg_daily_streams rpt_answers rpt_outage_impact rpt_book_movie_catalogue rpt_vendor_changes`),
  social: words(`
    fct_suggestion_events fct_payments fct_posts dim_users dim_post_types dim_subscriptions
    agg_daily_adoption rpt_user_report rpt_platform_interest rpt_ai_reliance rpt_revenue_monthly`),
  tv: words(`
    fct_contract_day_category dim_apps dim_categories dim_contracts dim_devices
    agg_contract_day agg_daily rpt_contract_profile rpt_app_share rpt_taste_distribution rpt_device_anomalies`),
}

const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  'media.agg_daily_users': words(`
    date total_users new_users returning_users total_sessions total_pageviews avg_session_duration bounce_rate`),
  'media.user_interactions': words('referrer_category content_category content_key session_key'),
  'media.dim_sessions': words('duration_seconds is_bounce'),
  'product.agg_daily_metrics': words(`
    date platform dau wau mau stickiness new_users total_events total_sessions content_creates likes comments
    shares messages_sent ad_impressions ad_clicks avg_session_events`),
  'product.agg_growth_daily': words(`
    date platform new_users retained_users resurrected_users churned_users quick_ratio net_users`),
  'product.dim_users': words('valid_from valid_to is_current is_deleted'),
  'streaming.fct_streams': words('movie_key duration_seconds watched_ratio is_based_on_book'),
  'streaming.rpt_answers': words('question month answer unit parameters'),
  'social.rpt_user_report': words(`
    user_id total_revenue currency total_posts average_schedule_seconds total_twitter_post total_facebook_post
    total_pinterest_post total_instagram_post total_instagram_story total_linkedin_post total_tiktok_post
    suggested_hashtags_count suggested_time_count`),
  'tv.agg_contract_day': words(`
    date contract tv_duration movie_duration child_duration relax_duration sport_duration others_duration`),
  'tv.rpt_contract_profile': words(`
    contract tv_duration movie_duration child_duration relax_duration sport_duration others_duration total_duration
    most_watch taste active_days activeness_pct usage_level clinginess`),
}

const VARIABLES = words(`
  as_of own_hosts session_gap_minutes report_month etl_date window_days outage_from outage_to outage_title
  period_start period_end`)

/** Not among the fixed names, yet for people alone: the invoices as they are now. */
const FOR_PEOPLE = ['social.fct_invoices']

const nameOf = ({ target }: Pick<Action, 'target'>) => `${target.schema}.${target.name}`
const fixed = new Set(
  Object.entries(TABLES).flatMap(([schema, tables]) => tables.map((table) => `${schema}.${table}`)),
)

let actions: readonly Action[]
beforeAll(async () => {
  const compiled = await compileProject({ projectDir })
  if (!compiled.ok) throw new Error(compiled.problems.map((each) => each.message).join('\n'))
  actions = compiled.graph.actions
})

const isModel = (action: Action) =>
  action.type === 'table' || action.type === 'view' || action.type === 'incremental'

test('every table with a fixed name is there', () => {
  const there = new Set(actions.filter(isModel).map(nameOf))
  expect([...fixed].filter((name) => !there.has(name))).toEqual([])
})

test.each(Object.entries(COLUMNS))('%s has its fixed columns', (name, columns) => {
  const model = actions.find((action) => isModel(action) && nameOf(action) === name)
  const there = model?.columns.map((each) => each.path.join('.')) ?? []
  expect(columns.filter((column) => !there.includes(column))).toEqual([])
})

test('every variable with a fixed name has a default', () => {
  const { vars } = JSON.parse(readFileSync(join(projectDir, 'dataform.json'), 'utf8')) as {
    vars: Readonly<Record<string, unknown>>
  }
  expect(VARIABLES.filter((name) => typeof vars[name] !== 'string')).toEqual([])
})

describe('what no model builds on', () => {
  const used = (by: (action: Action) => boolean) =>
    new Set(
      actions
        .filter(by)
        .flatMap(({ dependencies }) => dependencies.map((target) => nameOf({ target }))),
    )

  test('is a report, has a fixed name, or is made for checks and read by one', () => {
    const built = used((action) => action.type !== 'assertion')
    const checked = used((action) => action.type === 'assertion' && action.parent === null)
    const leaves = actions.filter((action) => isModel(action) && !built.has(nameOf(action)))
    expect(leaves.length).toBeGreaterThan(20)
    expect(
      leaves
        .filter(
          (action) =>
            !action.target.name.startsWith('rpt_') &&
            !fixed.has(nameOf(action)) &&
            !(
              /^(int_|stg_load_accounting$)/.test(action.target.name) && checked.has(nameOf(action))
            ),
        )
        .map(nameOf),
    ).toEqual(FOR_PEOPLE)
  })
})
