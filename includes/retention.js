/** The days after a user's first that `rpt_retention` follows. */
const HORIZON_DAYS = 30

module.exports = { HORIZON_DAYS }
