declare({
  schema: 'raw',
  name: 'product_users',
  description: 'One row per user and extract as it arrived, every field as text.',
})
declare({
  schema: 'raw',
  name: 'product_events',
  description: 'One row per event as it arrived, every field as text.',
})
