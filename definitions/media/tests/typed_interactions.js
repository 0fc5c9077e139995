/**
 * Unit tests of `int_typed_interactions`: how addresses, referrers and fields are read, and what goes into
 * quarantine. Each case says what a raw row has that is special, and what comes of it.
 */
const [ownHost] = urls.parseHosts(dataform.projectConfig.vars.own_hosts)

const GIVEN = {
  user_id: 'ann',
  timestamp: '2010-03-06T10:20:30Z',
  page_url: `https://${ownHost}/politics/article-7`,
  action: 'read',
  device_type: 'mobile',
  referrer: null,
  session_id: null,
  time_spent_seconds: null,
  scroll_depth: null,
}

// SQL of each column, as it comes of the row above.
const EXPECTED = {
  reason: 'null::text',
  is_user_missing: 'false',
  user_id: `'ann'`,
  session_id: 'null::text',
  page_url: `'https://${ownHost}/politics/article-7'`,
  host: `'${ownHost}'`,
  path: `'/politics/article-7'`,
  content_key: `'${ownHost}/politics/article-7'`,
  content_category: `'politics'`,
  article_id: `'7'`,
  action: `'read'`,
  device_type: `'mobile'`,
  referrer: 'null::text',
  referrer_category: `'direct'`,
  referrer_category_legacy: `'direct'`,
  is_pageview: 'true',
  time_spent_seconds: 'null::numeric',
  scroll_depth: 'null::numeric',
  event_at: `timestamptz '2010-03-06 10:20:30+00'`,
}

const sqlText = (value) =>
  value === null ? 'null::text' : `'${value.replaceAll("'", "''")}'::text`

function givenRow(given, line) {
  const fields = Object.entries({ ...GIVEN, ...given }).map(
    ([name, value]) => `${sqlText(value)} as ${name}`,
  )
  return `select ${fields.join(', ')}, null::jsonb as _extra, 'f.ndjson' as _file, ${line}::bigint as _line,
    1::bigint as _load_id, timestamptz '2010-03-07 00:00:00+00' as _loaded_at`
}

function expectedRow(given, expected, line) {
  const row = { ...EXPECTED, ...expected }
  const json = Object.entries({ ...GIVEN, ...given }).map(
    ([name, value]) => `'${name}', ${sqlText(value)}`,
  )
  const columns = Object.entries(row).map(([name, sql]) => `${sql} as ${name}`)
  return `select
    *,
    md5(array_to_string(array[user_id, coalesce(session_id, ''), (extract(epoch from event_at) * 1000)::bigint::text,
      page_url, action], chr(31), chr(30))) as interaction_id,
    (event_at at time zone 'UTC')::date as event_date,
    extract(hour from event_at at time zone 'UTC')::smallint as event_hour,
    extract(isodow from event_at at time zone 'UTC')::smallint as iso_day_of_week,
    extract(isodow from event_at at time zone 'UTC') in (6, 7) as is_weekend
  from (
    select ${columns.join(', ')}, jsonb_build_object(${json.join(', ')}, '_extra', null) as "row",
      'f.ndjson' as _file, ${line}::bigint as _line, 1::bigint as _load_id,
      timestamptz '2010-03-07 00:00:00+00' as _loaded_at
  ) as given`
}

function testCases(name, cases) {
  test(`media_${name}`)
    .dataset({ schema: 'media', name: 'int_typed_interactions' })
    .input(
      ['raw', 'media_interactions'],
      cases.map(([given], index) => givenRow(given, index + 1)).join('\nunion all\n'),
    )
    .expect(
      cases
        .map(([given, expected], index) => expectedRow(given, expected, index + 1))
        .join('\nunion all\n'),
    )
}

/** A page, and what is read out of its address. */
function page(url, host, path, key, category, article = null) {
  return [
    { page_url: url },
    {
      page_url: sqlText(url.trim()),
      host: sqlText(host),
      path: sqlText(path),
      content_key: sqlText(key),
      content_category: sqlText(category),
      article_id: sqlText(article),
    },
  ]
}

/** A referrer, and its class by the rule in use and by the former one. */
function from(referrer, category, legacy) {
  return [
    { referrer },
    {
      referrer: category === 'direct' ? 'null::text' : sqlText(referrer),
      referrer_category: sqlText(category),
      referrer_category_legacy: sqlText(legacy),
    },
  ]
}

if (ownHost !== undefined) {
  testCases('urls', [
    page(`https://${ownHost}/`, ownHost, '', `${ownHost}/`, 'home'),
    page(`https://${ownHost}`, ownHost, '', `${ownHost}/`, 'home'),
    page(`https://${ownHost}/?q=1`, ownHost, '', `${ownHost}/`, 'home'),
    page(
      `HTTP://${ownHost.toUpperCase()}:8080/Sports/Article-12/?a=/b#c`,
      ownHost,
      '/Sports/Article-12',
      `${ownHost}/sports/article-12`,
      'sports',
      '12',
    ),
    page(
      ` //reader@www.${ownHost}/travel#top?x `,
      `www.${ownHost}`,
      '/travel',
      `www.${ownHost}/travel`,
      'travel',
    ),
    page(
      'https://elsewhere.test/politics/article-1',
      'elsewhere.test',
      '/politics/article-1',
      'elsewhere.test/politics/article-1',
      'unknown',
      '1',
    ),
    page(
      `https://not${ownHost}/politics`,
      `not${ownHost}`,
      '/politics',
      `not${ownHost}/politics`,
      'unknown',
    ),
    page('http://[2001:DB8::1]:80/a', '[2001:db8::1]', '/a', '[2001:db8::1]/a', 'unknown'),
    page('javascript:void(0)', null, null, 'unknown', 'unknown'),
    page('/politics/article-1', null, null, 'unknown', 'unknown'),
    page('https://', null, null, 'unknown', 'unknown'),
  ])

  testCases(
    'referrers',
    [
      from(null, 'direct', 'direct'),
      from('', 'direct', 'direct'),
      from(' \t ', 'direct', 'direct'),
      from('None', 'direct', 'direct'),
      from(`https://www.${ownHost}/x`, 'internal', null),
      from('https://email.newsletter.com', 'email', 'news'),
      from('https://mail.provider.test/inbox', 'email', 'other'),
      from('android-app://com.google.android.gm', 'email', 'search'),
      from('https://www.Google.co.uk/search?q=facebook', 'search', 'search'),
      from('https://duckduckgo.com/', 'search', 'other'),
      from('https://search.test/?q=google', 'other', 'search'),
      from('https://t.co/abc', 'social', 'other'),
      from('https://out.reddit.com/r/x', 'social', 'other'),
      from('m.facebook.com', 'social', 'social'),
      from('https://www.nytimes.com', 'news', 'news'),
      from('https://www.bbc.co.uk', 'news', 'other'),
      from('https://blog.test/', 'other', 'other'),
    ].map(([given, expected]) =>
      // What the former rule makes of our own host depends on its name.
      expected.referrer_category === "'internal'::text"
        ? [
            given,
            { ...expected, referrer_category_legacy: referrers.legacyCategory(expected.referrer) },
          ]
        : [given, expected],
    ),
  )

  testCases('quarantine', [
    [
      { user_id: null },
      { user_id: 'null::text', reason: `'missing_key'`, is_user_missing: 'true' },
    ],
    [{ user_id: ' ' }, { user_id: 'null::text', reason: `'missing_key'`, is_user_missing: 'true' }],
    [
      { action: '' },
      { action: 'null::text', reason: `'missing_key'`, is_pageview: 'null::boolean' },
    ],
    [{ timestamp: null }, { event_at: 'null::timestamptz', reason: `'missing_key'` }],
    [
      { page_url: null },
      {
        page_url: 'null::text',
        host: 'null::text',
        path: 'null::text',
        content_key: `'unknown'`,
        content_category: `'unknown'`,
        article_id: 'null::text',
        reason: `'missing_key'`,
      },
    ],
    [{ timestamp: 'now' }, { event_at: 'null::timestamptz', reason: `'bad_timestamp'` }],
    [{ timestamp: '05/06/2010' }, { event_at: 'null::timestamptz', reason: `'bad_timestamp'` }],
    [
      { timestamp: '2010-02-30T10:00:00Z' },
      { event_at: 'null::timestamptz', reason: `'bad_timestamp'` },
    ],
    [
      { timestamp: '1969-12-31T23:59:59Z' },
      { event_at: `timestamptz '1969-12-31 23:59:59+00'`, reason: `'bad_timestamp'` },
    ],
    [
      { timestamp: '2999-01-01T00:00:00Z' },
      { event_at: `timestamptz '2999-01-01 00:00:00+00'`, reason: `'future_timestamp'` },
    ],
    [
      { action: 'teleport' },
      { action: `'teleport'`, is_pageview: 'false', reason: `'unknown_enum'` },
    ],
    [{ device_type: 'toaster' }, { device_type: `'toaster'`, reason: `'unknown_enum'` }],
    [{ time_spent_seconds: '-1' }, { time_spent_seconds: '-1::numeric', reason: `'out_of_range'` }],
    [
      { time_spent_seconds: '86401' },
      { time_spent_seconds: '86401::numeric', reason: `'out_of_range'` },
    ],
    [{ time_spent_seconds: 'long' }, { reason: `'out_of_range'` }],
    [{ time_spent_seconds: '0x1E' }, { reason: `'out_of_range'` }],
    [{ scroll_depth: '1_0' }, { reason: `'out_of_range'` }],
    [{ scroll_depth: '-0.1' }, { scroll_depth: '-0.1::numeric', reason: `'out_of_range'` }],
    [{ scroll_depth: '101' }, { scroll_depth: '1.01::numeric', reason: `'out_of_range'` }],
    // The first reason counts.
    [
      { action: 'teleport', timestamp: 'soon' },
      {
        action: `'teleport'`,
        is_pageview: 'false',
        event_at: 'null::timestamptz',
        reason: `'bad_timestamp'`,
      },
    ],
  ])

  testCases('fields', [
    [
      { timestamp: '2010-03-06T12:20:30.4567+02:00' },
      { event_at: `timestamptz '2010-03-06 10:20:30.456+00'` },
    ],
    [{ timestamp: '2010-03-07 00:30' }, { event_at: `timestamptz '2010-03-07 00:30:00+00'` }],
    [{ timestamp: '2010-03-07' }, { event_at: `timestamptz '2010-03-07 00:00:00+00'` }],
    [{ action: ' Video_Play ' }, { action: `'video_play'`, is_pageview: 'false' }],
    [{ action: 'PAGE_VIEW' }, { action: `'page_view'` }],
    [{ device_type: 'TABLET' }, { device_type: `'tablet'` }],
    [{ device_type: 'nan' }, { device_type: 'null::text' }],
    [{ session_id: ' s-1 ' }, { session_id: `'s-1'` }],
    [{ time_spent_seconds: '86400' }, { time_spent_seconds: '86400::numeric' }],
    [{ scroll_depth: '1' }, { scroll_depth: '1::numeric' }],
    [{ scroll_depth: '85' }, { scroll_depth: '0.85::numeric' }],
    [{ scroll_depth: '100' }, { scroll_depth: '1::numeric' }],
  ])
}
