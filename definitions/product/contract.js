declare({ schema: 'product', name: 'fct_events', description: 'One row per event.' })
declare({ schema: 'product', name: 'dim_users', description: 'One row per user and version.' })
