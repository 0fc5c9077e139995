import { disturbRuns } from './disturb-runs.js'
import { VIEWS } from './strategies/views.js'

disturbRuns({ strategy: VIEWS })
