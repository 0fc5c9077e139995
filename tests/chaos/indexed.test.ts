import { disturbRuns } from './disturb-runs.js'
import { INDEXED } from './strategies/indexed.js'

disturbRuns({ strategy: INDEXED })
