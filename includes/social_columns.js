/**
 * The part of the dictionary that only the social domain has; `columns.js` takes it in.
 */
module.exports = {
  // Suggestion events
  event_key: 'Hash of user, time to the millisecond and event.',
  event_name: 'suggested_hashtags_inserted or scheduled_at_best_time.',
  hashtag_count: 'Hashtags inserted, 1 to 30; NULL for a best time.',
  platform:
    'Of an event, where the suggestion was taken up (web; unknown if it was not said); of a post, the network.',
  load_date: 'The day on which the row was loaded, in UTC.',

  // Payments
  payment_version_key: 'Hash of all fields of the row.',
  payment_key: 'Hash of the invoice and the time of the payment.',
  invoice_id: 'The invoice; it has a version for every payment date.',
  subscription_id: 'The subscription; in dimensions and facts, unknown for none.',
  charge_id: 'The charge, as the payment service names it.',
  discount_id: 'The discount, if there was one.',
  receipt_number: 'Number of the receipt.',
  description: 'Description of the invoice.',
  currency:
    'Currency, as three letters in lower case; in reports on users, mixed if they paid in several.',
  amount_due: 'Amount due, to the cent.',
  subtotal: 'Amount before tax, to the cent.',
  tax: 'Tax, to the cent.',
  tax_percent: 'Rate of the tax in percent.',
  total: 'Amount of the payment, to the cent.',
  starting_balance_cents:
    'Balance of the account before the payment, in cents; credit is negative.',
  ending_balance_cents: 'Balance of the account after the payment, in cents; credit is negative.',
  attempt_count: 'Attempts to collect the payment.',
  is_attempted: 'Whether it was tried to collect the payment.',
  is_closed: 'Whether the invoice is closed.',
  is_forgiven: 'Whether the amount was forgiven.',
  is_paid: 'Whether the invoice is paid.',
  is_latest_version: 'Whether no version of the invoice has a later time.',
  payment_at: 'Time of the payment.',
  received_at: 'When the payment was received.',
  webhooks_delivered_at: 'When the payment service had told everybody.',

  // Posts
  post_version_key: 'Hash of all fields of the row.',
  post_id: 'The post.',
  social_profile_id: 'The profile that it was posted to.',
  media_id: 'Picture or video of the post.',
  media_item_id: 'The item of the media library.',
  post_type: 'Kind of post, such as InstagramStory.',
  is_active: 'Whether the post is still there.',
  is_delivered: 'Whether the network took the post.',
  is_scheduled: 'Whether the post was scheduled.',
  posted_at: 'When it was posted.',
  scheduled_at: 'The time that it was scheduled for; NULL if it was not.',
  lead_seconds: 'Seconds from the scheduled time to the post; NULL if it was not scheduled.',

  // Users and subscriptions
  first_activity_at: 'Time of the first event, payment or post.',
  last_activity_at: 'Time of the last event, payment or post.',
  first_event_at: 'Time of the first suggestion event.',
  last_event_at: 'Time of the last suggestion event.',
  first_payment_at: 'Time of the first payment.',
  last_payment_at: 'Time of the last payment.',
  first_post_at: 'Time of the first post.',
  last_post_at: 'Time of the last post.',
  subscriber_id: 'The user of the latest payment.',
  subscription_currency: 'Currency of the latest payment.',
  payment_count: 'Payments: versions of invoices.',
  invoice_count: 'Invoices.',
  last_total: 'Amount of the latest payment.',

  // Adoption by day
  adopting_users: 'Distinct users with a suggestion event.',
  hashtag_events: 'Events in which suggested hashtags were inserted.',
  hashtag_users: 'Distinct users with such an event.',
  hashtags_inserted: 'Suggested hashtags inserted.',
  best_time_events: 'Events in which a post was scheduled at the suggested time.',
  best_time_users: 'Distinct users with such an event.',
  web_events: 'Suggestion events on the web.',
  posting_users: 'Distinct users with a post.',
  posts: 'Posts.',
  scheduled_posts: 'Posts that were scheduled.',
  hashtags_per_post: 'Suggested hashtags per post; NULL without a post.',
  best_time_per_scheduled_post: 'Uses of the suggested time per scheduled post; NULL without one.',

  // Reports on users
  total_revenue: 'Sum of the payments, all versions of invoices; NULL without a payment.',
  revenue_latest_invoice: 'Sum of the payments that are the latest version of their invoice.',
  total_posts: 'Posts; NULL without one.',
  average_schedule_seconds:
    'Seconds from the scheduled time to the post, averaged over the scheduled posts; NULL without one.',
  lead_seconds_total: 'Seconds from the scheduled time to the post, summed.',
  total_twitter_post: 'Posts on Twitter.',
  total_facebook_post: 'Posts on Facebook.',
  total_pinterest_post: 'Posts on Pinterest.',
  total_instagram_post: 'Posts on Instagram, without stories.',
  total_instagram_story: 'Stories on Instagram.',
  total_linkedin_post: 'Posts on LinkedIn.',
  total_tiktok_post: 'Posts on TikTok.',
  suggested_hashtags_count: 'Suggested hashtags inserted; NULL without a suggestion event.',
  suggested_time_count: 'Uses of the suggested time; NULL without a suggestion event.',
  share_of_posts: "Share of the user's posts, 0 to 1.",
  platform_rank: 'Place by posts among the platforms of the user, from 1.',
  is_favourite_platform: 'Whether it is the first of them.',
  hashtag_reliance:
    'none, low, medium or high, by hashtags_per_post; NULL without a post. Low is up to the first quartile.',
  best_time_reliance:
    'none, low, medium or high, by best_time_per_scheduled_post; NULL without a scheduled post.',

  // Revenue and delivery
  revenue_month: 'First day of the month.',
  zero_payments: 'Payments of nothing.',
  paying_users: 'Distinct users with a payment.',
  delivered_rate: 'Share of posts that the network took, 0 to 1, where it is known.',
  active_rate: 'Share of posts that are still there, 0 to 1, where it is known.',
}
