/** The JavaScript that the models share: what it refuses, and the SQL that it gives. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

type Sql = (...args: readonly unknown[]) => string
const load = createRequire(import.meta.url)
/** A file of `includes/`, which Dataform loads as a global of the same name. */
const include = (name: string): unknown =>
  load(join(import.meta.dirname, '..', '..', 'includes', `${name}.js`))

describe('columns', () => {
  const columns = include('columns') as { pick: (...names: string[]) => Record<string, string> }

  test('picks descriptions', () => {
    expect(Object.keys(columns.pick('user_id', 'event_date'))).toEqual(['user_id', 'event_date'])
    expect(columns.pick('user_id').user_id).toMatch(/\.$/)
  })

  test('refuses names that are not described, all at once', () => {
    expect(() => columns.pick('user_id', 'usr_id', 'toString')).toThrow('usr_id, toString')
  })
})

describe('options', () => {
  const options = include('options') as Record<
    'postgres' | 'quality' | 'all',
    (...args: unknown[]) => unknown
  >

  test('give protobuf structs', () => {
    expect(
      options.postgres({ indexes: [{ columns: ['a'], unique: true }], fillfactor: 90 }),
    ).toEqual({
      fields: {
        postgres: {
          structValue: {
            fields: {
              indexes: {
                listValue: {
                  values: [
                    {
                      structValue: {
                        fields: {
                          columns: { listValue: { values: [{ stringValue: 'a' }] } },
                          unique: { boolValue: true },
                        },
                      },
                    },
                  ],
                },
              },
              fillfactor: { numberValue: 90 },
            },
          },
        },
      },
    })
  })

  test('combine', () => {
    expect(
      options.all(options.postgres({ unlogged: true }), options.quality({ severity: 'warn' })),
    ).toEqual({
      fields: {
        postgres: { structValue: { fields: { unlogged: { boolValue: true } } } },
        quality: { structValue: { fields: { severity: { stringValue: 'warn' } } } },
      },
    })
  })

  test('refuse what nobody reads', () => {
    expect(() => options.postgres({ index: [] })).toThrow('unknown: index')
    expect(() => options.quality({ severity: 'fatal' })).toThrow('error, warn')
    expect(() => options.quality({ level: 'warn' })).toThrow('unknown: level')
  })
})

describe('variables', () => {
  const urls = include('urls') as {
    parseHosts: (hosts: string) => readonly string[]
    isOwnHost: Sql
  }
  const dates = include('dates') as Record<'today' | 'horizon' | 'isFuture', Sql>
  const sessions = include('sessions') as { gap: Sql }

  test('own_hosts is a list of host names', () => {
    expect(urls.parseHosts(' News.Example.com ,b.test,')).toEqual(['news.example.com', 'b.test'])
    expect(urls.parseHosts('')).toEqual([])
    expect(() => urls.parseHosts("a.test,x' or 'y")).toThrow("x' or 'y")
    expect(urls.isOwnHost('host', '')).toBe('false')
    // An underscore is a wildcard of `like`.
    expect(urls.isOwnHost('host', 'my_site.test')).toContain(String.raw`my\_site.test`)
  })

  test('as_of is a day, or empty for today', () => {
    expect(dates.today('2025-03-31')).toBe("date '2025-03-31'")
    expect(dates.today('')).toContain('now()')
    expect(dates.horizon('', '_loaded_at')).toBe('_loaded_at')
    expect(dates.isFuture('at', '', '_loaded_at')).toBe("at > _loaded_at + interval '1 hour'")
    expect(() => dates.today('31.3.2025')).toThrow(
      'as_of must be empty or a date such as 2025-03-31, not "31.3.2025"',
    )
    expect(() => dates.horizon("2025-03-31' --", 'x')).toThrow('as_of')
    expect(dates.today('2024-02-29')).toBe("date '2024-02-29'")
    for (const impossible of ['2022-02-30', '2022-13-45', '2023-02-29', '0000-01-01'])
      expect(() => dates.today(impossible)).toThrow('as_of')
  })

  test('session_gap_minutes is a whole number', () => {
    expect(sessions.gap('30')).toBe("interval '30 minutes'")
    for (const wrong of ['0', '-5', '1.5', '', "1' --"]) expect(() => sessions.gap(wrong)).toThrow()
  })
})

describe('the window of reports', () => {
  const { holds } = include('report_window') as { holds: Sql }
  const vars = {
    etl_date: '2022-03-01',
    as_of: '',
    window_days: '90',
    window_months: '',
    window_on: 'event_date',
  }

  test('is open at its beginning and closed at its end', () => {
    expect(holds(vars)).toBe(
      "event_date > date '2022-03-01' - 90 and event_date <= date '2022-03-01'",
    )
  })

  test('has calendar months if they are set, and can be of both dates', () => {
    expect(holds({ ...vars, window_months: '3' })).toContain("- interval '3 months')::date")
    expect(holds({ ...vars, window_on: 'both' })).toMatch(/event_date > .* and load_date > /)
  })

  test('takes no variable that could be anything else', () => {
    for (const wrong of [
      { window_days: "1' or true" },
      { window_days: '' },
      { window_months: '-3' },
      { window_on: 'toString' },
      { etl_date: "2022-03-01' --" },
      { etl_date: '2022-13-45' },
    ])
      expect(() => holds({ ...vars, ...wrong })).toThrow(Object.keys(wrong)[0])
  })
})

describe('metrics of the product', () => {
  const metrics = include('product_metrics') as {
    engagementDays: (vars: { engagement_days: string }) => number
  }

  test('are of a whole number of last days', () => {
    expect(metrics.engagementDays({ engagement_days: '28' })).toBe(28)
    for (const engagement_days of ['0', '-1', '1.5', '', '1000', '7; drop'])
      expect(() => metrics.engagementDays({ engagement_days })).toThrow('engagement_days')
  })

  test('are described in words of their own, or in those of the dictionary', () => {
    const columns = include('product_metric_columns') as {
      pick: (...names: string[]) => Record<string, string>
    }
    expect(columns.pick('platform_or_all as platform', 'user_id')).toEqual({
      platform: expect.stringContaining('all') as string,
      user_id: 'The user.',
    })
    expect(() => columns.pick('usr_id')).toThrow('usr_id')
  })
})

describe('keys', () => {
  const keys = include('keys') as Record<'hash' | 'optional', Sql>

  test('join their parts with a mark between them', () => {
    expect(keys.hash('a', 'b')).toBe('md5(array_to_string(array[a, b], chr(31), chr(30)))')
    expect(() => keys.hash()).toThrow()
  })

  test('are none of nothing', () => {
    expect(keys.optional('a')).toBe(`case when a is not null then ${keys.hash('a')} end`)
  })
})

describe('text', () => {
  const text = include('text') as { literals: (words: readonly string[]) => string }

  test('doubles quotes in literals', () => {
    expect(text.literals(["it's", 'b'])).toBe("'it''s', 'b'")
  })
})

describe('batches', () => {
  const batches = include('batches') as Record<
    'model' | 'part' | 'reached' | 'open' | 'holds' | 'close',
    Sql
  >
  const step = { self: '"media"."x"', watermarks: '"shared"."w"', upto: '(select 7)' }

  test('name a model without quotes, so that a suffix of the schema has watermarks of its own', () => {
    expect(batches.model('"media_dev"."x"')).toBe('media_dev.x')
    expect(batches.reached('w', '"media"."a"', '"media"."b"')).toContain("('media.a', 'media.b')")
  })

  test('start at the first load for a full build, and after the watermark for a later one', () => {
    expect(batches.open({ ...step, incremental: false })).toContain('0::bigint as after_id')
    const later = batches.open({ ...step, incremental: true })
    expect(later).toContain('load_id as after_id')
    expect(later).toContain('has no watermark')
  })

  test('have no lower bound in a full build', () => {
    expect(batches.holds('_load_id', false)).not.toContain('after_id')
    expect(batches.holds('_load_id', true)).toContain('_load_id > (select after_id from batch)')
  })

  test('record their end only where it is new', () => {
    expect(batches.close(step)).toMatch(/where not exists[\s\S]*on conflict/)
  })

  test('are one for each source, with a watermark each, of a model that reads several', () => {
    const posts = { ...step, source: 'posts' }
    expect(batches.open({ ...posts, incremental: false })).toContain('table batch_posts ')
    expect(batches.open({ ...posts, incremental: true })).toContain("model = 'media.x (posts)'")
    expect(batches.holds('_load_id', true, 'posts')).not.toMatch(/from batch\b(?!_)/)
    expect(batches.close(posts)).toContain("'media.x (posts)'")
    expect(batches.reached('w', batches.part('"media"."x"', 'posts'))).toContain(
      "('media.x (posts)')",
    )
  })
})

describe('referrers', () => {
  const referrers = include('referrers') as {
    names: readonly string[]
    category: Sql
    legacyCategory: Sql
  }

  test('try the classes in the documented order', () => {
    const order = [...referrers.category('r', 'h', 'a.test').matchAll(/(?:then|else) '(\w+)'/g)]
    expect(order.map((match) => match[1])).toEqual([...referrers.names])
    const legacy = [...referrers.legacyCategory('r').matchAll(/(?:then|else) '(\w+)'/g)]
    expect(legacy.map((match) => match[1])).toEqual([
      'direct',
      'search',
      'social',
      'news',
      'email',
      'other',
    ])
  })
})

describe('slowly changing dimensions', () => {
  const scd2 = include('scd2') as { open: Sql }
  const history = {
    ...{ self: 'a.dim', watermarks: 'w', extracts: 'e', upto: '1', incremental: false },
    ...{ from: 'a.stg', key: ['id'], columns: ['name'] },
  }

  test('refuse what they could not honour', () => {
    expect(() => scd2.open({ ...history, key: [] })).toThrow('at least one column')
    expect(() => scd2.open({ ...history, columns: ['valid_to'] })).toThrow('itself: valid_to')
    expect(() => scd2.open({ ...history, minShare: '80 %' })).toThrow('from 0 to 1, not "80 %"')
    expect(() => scd2.open({ ...history, accepted: '2025-01-01, May' })).toThrow('date: May')
    expect(() => scd2.open({ ...history, accepted: '2022-02-30' })).toThrow('date: 2022-02-30')
    expect(() => scd2.open({ ...history, deleted: 'gone', seen: 'select 1' })).toThrow('seen')
  })
})

describe('streaming', () => {
  const streaming = include('streaming') as Record<'month' | 'instant', Sql>

  test('variables that are no month and no time are refused', () => {
    expect(streaming.month('2021-12')).toMatchObject({ first: "date '2021-12-01'" })
    expect(() => streaming.month('2021-13')).toThrow('report_month')
    expect(streaming.instant('outage_from', '2021-12-25 23:59:59')).toContain(
      "'2021-12-25 23:59:59'",
    )
    for (const wrong of ['Christmas', '2021-12-25', '2021-02-30 07:00', '2021-12-25 24:01'])
      expect(() => streaming.instant('outage_from', wrong)).toThrow('outage_from')
  })
})

describe('product', () => {
  const product = include('product') as Record<'least' | 'takeChangedUsers', Sql>

  test('a least number that is none, and a reader that nobody tells, are refused', () => {
    expect(product.least('min_product_users', { min_product_users: '100' })).toBe('100')
    for (const wrong of ['', '-1', '1 %', '1e3'])
      expect(() => product.least('min_product_users', { min_product_users: wrong })).toThrow(
        `min_product_users must be a whole number, not "${wrong}"`,
      )
    expect(() => product.takeChangedUsers({ queue: 'q', reader: 'agg_x' })).toThrow('agg_x')
  })
})
