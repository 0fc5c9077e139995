/**
 * Money of several currencies is never added up.
 */

/**
 * Whether a payment counts in the reports on users: of the currency `report_currency`, if that is set.
 * @param {string} currencyColumn SQL of type text
 * @param {string} reportCurrency the variable `report_currency`: empty, or a code such as usd
 * @returns {string} a condition
 */
function inReport(currencyColumn, reportCurrency) {
  if (reportCurrency === '') return 'true'
  if (!/^[a-z]{3}$/i.test(reportCurrency)) {
    throw new Error(
      `report_currency must be empty or a code of three letters, not "${reportCurrency}"`,
    )
  }
  return `${currencyColumn} = '${reportCurrency.toLowerCase()}'`
}

module.exports = { inReport }
