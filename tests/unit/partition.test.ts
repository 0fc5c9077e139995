import { describe, expect, test } from 'vitest'
import { parsePartitionBy } from '../../src/plan/partition.js'

describe('parsePartitionBy', () => {
  test.each([
    ['event_date', 'event_date', 'month'],
    [' Event_Date ', 'event_date', 'month'],
    ['"Event Date"', 'Event Date', 'month'],
    ["date_trunc('day', event_date)", 'event_date', 'day'],
    ['DATE_TRUNC(\'week\', "At")', 'At', 'week'],
    ["date_trunc('quarter', at)::date", 'at', 'quarter'],
    ['DATE_TRUNC(event_date, YEAR)', 'event_date', 'year'],
    ['TIMESTAMP_TRUNC(at, MONTH)', 'at', 'month'],
    ['DATE(at)', 'at', 'day'],
  ])('%s', (text, column, unit) => {
    expect(parsePartitionBy(text)).toEqual({ column, unit })
  })

  test.each([
    "date_trunc('hour', at)",
    'RANGE_BUCKET(id, GENERATE_ARRAY(0, 10))',
    'a, b',
    '',
    'lower(a)',
  ])('%s is not understood, and never taken for something else', (text) => {
    expect(parsePartitionBy(text)).toBeNull()
  })
})
