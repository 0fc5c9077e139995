declare({
  schema: 'raw',
  name: 'tv_logs',
  description: 'One row per viewing as it arrived; the day is only in the name of the file.',
})
declare({
  schema: 'raw',
  name: 'tv_app_categories',
  description: 'One row per app that the mapping knows, with its category.',
})
