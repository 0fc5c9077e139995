/**
 * What every connection is set to, so that no text depends on the server's or the role's configuration.
 * Sent as a statement: connection poolers refuse start-up options.
 */
export const SESSION_SETTINGS =
  "SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; " +
  'SET extra_float_digits = 1; SET bytea_output = hex; SET standard_conforming_strings = on'
