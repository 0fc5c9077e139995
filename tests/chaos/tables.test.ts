import { disturbRuns } from './disturb-runs.js'
import { TABLES } from './strategies/tables.js'

disturbRuns({ strategy: TABLES })
