// A statement of a client that was killed would go on to its end, and keep the next run from the table. Not every
// platform can tell; where somebody has set it, it stays.
const NOTICE_A_DEAD_CLIENT = `DO $$ BEGIN
  IF current_setting('client_connection_check_interval') = '0' THEN
    SET client_connection_check_interval = '1s';
  END IF;
EXCEPTION WHEN OTHERS THEN NULL; END $$`

/**
 * What every connection is set to, so that no text depends on the server's or the role's configuration.
 * Sent as a statement: connection poolers refuse start-up options.
 */
export const SESSION_SETTINGS =
  "SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; " +
  'SET extra_float_digits = 1; SET bytea_output = hex; SET standard_conforming_strings = on; ' +
  NOTICE_A_DEAD_CLIENT
