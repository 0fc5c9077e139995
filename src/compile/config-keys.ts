/**
 * The keys that config blocks may have, for "did you mean". Whether a key is right is core's decision.
 */

/** Keys of the config of all kinds of action, and of `assertions` and columns inside it. */
export const CONFIG_KEYS: readonly string[] = [
  'additionalOptions',
  'assertions',
  'bigquery',
  'clusterBy',
  'columns',
  'database',
  'dataset',
  'dependOnDependencyAssertions',
  'dependencies',
  'dependencyTargets',
  'description',
  'disabled',
  'filename',
  'hasOutput',
  'hermetic',
  'incrementalPredicates',
  'incrementalStrategy',
  'labels',
  'materialized',
  'metadata',
  'name',
  'nonNull',
  'onSchemaChange',
  'partitionBy',
  'partitionExpirationDays',
  'postOperations',
  'preOperations',
  'project',
  'protected',
  'requirePartitionFilter',
  'reservation',
  'rowConditions',
  'schema',
  'tags',
  'type',
  'uniqueKey',
  'uniqueKeys',
  'updatePartitionFilter',
]

/** The values that `type` may have. */
export const ACTION_TYPES: readonly string[] = [
  'assertion',
  'declaration',
  'incremental',
  'operations',
  'table',
  'test',
  'view',
]
