declare({
  schema: 'raw',
  name: 'media_interactions',
  description: 'One row per interaction as it arrived, every field as text.',
})
