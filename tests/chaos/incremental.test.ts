import { disturbRuns } from './disturb-runs.js'
import { INCREMENTAL } from './strategies/incremental.js'

disturbRuns({ strategy: INCREMENTAL })
