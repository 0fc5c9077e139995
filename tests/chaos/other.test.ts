import { disturbRuns } from './disturb-runs.js'
import { OTHER } from './strategies/other.js'

disturbRuns({ strategy: OTHER })
