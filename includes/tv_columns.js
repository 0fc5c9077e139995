/**
 * The part of the dictionary that only the TV domain has; `columns.js` takes it in.
 */
module.exports = {
  // Viewings
  view_id: 'The id of the viewing, as the search index gave it.',
  log_date: "The day that the file is of, by its name; NULL where the name is no day's.",
  contract: 'The contract, in upper case; in dimensions, unknown for none.',
  contract_quality:
    'valid for a customer (two to five letters and digits), placeholder (0, PAYTV, NONFPT), ip for an address, or bad_format; of the unknown member, unknown.',
  mac: 'The device: its MAC address in upper case, without separators; in dimensions, unknown for none.',
  app_name: 'The app, in upper case.',
  type_name: 'The type of the exported record: the app in lower case.',
  viewing_seconds: 'Seconds watched, 1 to 86,400; the source caps what is longer.',

  // Categories
  category: 'Relax, Movie, Child, Sport or TV; Others for apps that the mapping lacks.',
  taste_order: 'Place of the category in a taste, and where two are watched alike.',
  is_mapped: 'Whether the mapping of apps to categories has the app.',

  // First and last days
  first_seen_on: 'The first day with a viewing.',
  last_seen_on: 'The last day with a viewing.',
  region_prefix: "First two letters of a customer's contract.",
  device_count: 'Distinct devices of the contract, of all time.',
  is_mac_valid: 'Whether it is a MAC address: 12 hexadecimal digits.',
  contract_count: 'Distinct contracts that the device was used with, of all time.',

  // Measures
  sessions: 'Viewings.',
  seconds: 'Seconds watched.',
  devices: 'Distinct devices; viewings without one are not counted.',
  tv_duration: 'Seconds of TV.',
  movie_duration: 'Seconds of movies.',
  child_duration: 'Seconds of programmes for children.',
  relax_duration: 'Seconds of relaxation.',
  sport_duration: 'Seconds of sport.',
  others_duration: 'Seconds of apps that the mapping lacks.',
  total_duration: 'Seconds of all categories.',
  customer_duration: "Seconds of customers' contracts.",
  placeholder_duration: 'Seconds of contracts that are placeholders.',
  ip_duration: 'Seconds of contracts that are addresses.',
  bad_format_duration: 'Seconds of contracts that are neither of these, nor valid.',
  active_contracts: 'Distinct customers with a viewing.',
  placeholder_contracts: 'Distinct placeholders with a viewing.',
  ip_contracts: 'Distinct addresses with a viewing.',
  bad_format_contracts: 'Distinct contracts that are neither of these, nor valid, with a viewing.',
  active_devices: 'Distinct devices with a viewing, of all contracts.',
  avg_duration_per_contract: "Seconds of customers' contracts by customer; NULL without one.",
  capped_sessions: 'Viewings of exactly 86,400 seconds, where the source capped them.',
  type_mismatches: 'Viewings whose record is of another type than their app.',
  overlong_devices: 'Devices of a contract with more than 86,400 seconds on the day.',
  fact_sessions: 'Viewings in the fact.',
  fact_duration: 'Seconds in the fact.',
  pivot_duration: 'Seconds in the five columns and the others of the pivot.',
  contracts_without_dimension: 'Contracts of the day that dim_contracts lacks.',
  devices_without_dimension: 'Devices of the day that dim_devices lacks.',

  // Reports
  most_watch:
    'The category of most seconds in the period; of several Relax, Movie, Child, Sport, TV in this order. NULL if only others were watched.',
  taste:
    'Categories with seconds in the period, joined by hyphens in the order Relax, Movie, Child, Sport, TV. NULL if only others were watched.',
  active_days: 'Distinct days with a viewing in the period.',
  activeness_pct: 'Active days of the days in the period, in percent.',
  usage_level:
    'Low below the first quartile of total_duration of all customers, High above the third, else Medium.',
  clinginess:
    'Low, Medium or High by level and active days. Low level: Medium from 21 days, else Low. Medium: Low up to 10, High from 21. High: Medium up to 10, else High.',
  contracts: 'Customers.',
  share_of_contracts: 'Share of the customers, 0 to 1.',
  avg_active_days: 'Active days, averaged over the customers.',
  share_of_sessions: 'Share of all viewings, 0 to 1.',
  share_of_duration: 'Share of all seconds, 0 to 1.',
  is_over_limit: 'Whether there are at least anomaly_devices devices.',
  is_over_percentile: 'Whether there are more devices than 99.9 % of the customers have.',
}
