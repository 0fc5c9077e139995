import { disturbRuns } from './disturb-runs.js'
import { TOGETHER } from './strategies/all.js'

disturbRuns({ strategy: TOGETHER, isFirstRun: true }, 0.5)
