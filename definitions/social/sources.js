declare({
  schema: 'raw',
  name: 'social_events',
  description: 'One row per use of a suggestion as it arrived, every field as text.',
})
declare({
  schema: 'raw',
  name: 'social_payments',
  description: 'One row per version of an invoice as it arrived, every field as text.',
})
declare({
  schema: 'raw',
  name: 'social_posts',
  description: 'One row per post as it arrived, every field as text.',
})
