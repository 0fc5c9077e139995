/**
 * Unit tests of the vendor's two formats: each case is a row as it arrives, nested or flat, and what is read of it.
 */
const ORIGIN = `'f.json' as _file, 1::bigint as _line, 1::bigint as _load_id,
    timestamptz '2022-01-01 02:00:00+00' as _loaded_at, date '2022-01-01' as _extract_date`
const FIELDS = {
  authors: {
    ...{ metadata: 'jsonb', nationalities: 'jsonb', name: 'text', birth_date: 'text' },
    ...{ died_at: 'text', nationality: 'text' },
  },
  reviews: {
    ...{ content: 'jsonb', rating: 'jsonb', books: 'jsonb', movies: 'jsonb', created: 'text' },
    ...{ updated: 'text', resume: 'text', rate: 'text', book: 'text', movie: 'text' },
  },
}

const quoted = (value) => `'${value.replaceAll("'", "''")}'`

function givenRow(entity, given) {
  const columns = Object.entries(FIELDS[entity]).map(([name, type]) => {
    const value = given[name]
    if (value === undefined) return `null::${type} as ${name}`
    return `${quoted(type === 'jsonb' ? JSON.stringify(value) : value)}::${type} as ${name}`
  })
  return `select ${columns.join(', ')}, null::jsonb as _extra, ${ORIGIN}`
}

/** A case's row with what the view is to make of it; `reason` is null unless it is said. */
function expectedRow(entity, given, expected) {
  const columns = Object.entries({ reason: 'null::text', ...expected })
  return `select
    ${ORIGIN},
    to_jsonb(given) - array['_file', '_line', '_load_id', '_loaded_at'] as "row",
    ${columns.map(([name, sql]) => `${sql} as ${name}`).join(', ')}
  from (${givenRow(entity, given)}) as given`
}

function testCases(name, entity, cases) {
  test(`streaming_${name}`)
    .dataset({ schema: 'streaming', name: `int_typed_vendor_${entity}` })
    .input(
      ['raw', `streaming_vendor_${entity}`],
      cases.map(([given]) => givenRow(entity, given)).join('\nunion all\n'),
    )
    .expect(
      cases.map(([given, expected]) => expectedRow(entity, given, expected)).join('\nunion all\n'),
    )
}

const NONE = { id: null, label: '', slug: null }
const garland = {
  author_key: "md5('garland lynch')",
  author_name: "'Garland Lynch'",
  birth_date: "date '1930-07-14'",
  death_date: "date '1982-04-14'",
  nationality_slugs: "array['guianese-french']",
  nationalities: "array['Guianese (French)']",
}
const nested = (name, birth_date, died_at, ...nationalities) => ({
  metadata: { name, birth_date, died_at },
  nationalities,
})
const french = { id: null, label: 'Guianese (French)', slug: 'guianese-french' }
const [born, dead] = ['1930-07-14T00:00:00.000+0000', '1982-04-14T00:00:00.000+0000']

testCases('authors', 'authors', [
  // The placeholder stands in any place, and a nationality counts once.
  [
    nested('Garland  Lynch', born, dead, NONE, french, french),
    { ...garland, author_name: "'Garland  Lynch'" },
  ],
  [nested('Garland Lynch', born, dead, french, NONE), garland],
  [
    {
      name: ' Garland Lynch',
      birth_date: '1930-07-14',
      died_at: '1982-04-14',
      nationality: 'Guianese (French)',
    },
    garland,
  ],
  [
    nested('Garland Lynch', '14 July 1930', null, french),
    { ...garland, reason: "'bad_timestamp'", birth_date: 'null::date', death_date: 'null::date' },
  ],
  [
    nested('Garland Lynch', dead, born, french),
    {
      ...garland,
      reason: "'out_of_range'",
      birth_date: "date '1982-04-14'",
      death_date: "date '1930-07-14'",
    },
  ],
  [
    nested(null, null, null, NONE, { id: null, label: 'unknown', slug: null }),
    {
      reason: "'missing_key'",
      author_key: 'null::text',
      author_name: 'null::text',
      birth_date: 'null::date',
      death_date: 'null::date',
      nationality_slugs: "'{}'::text[]",
      nationalities: "'{}'::text[]",
    },
  ],
])

const sound = {
  review_key: "md5('Pecco quis.')",
  review_text: "'Pecco quis.'",
  rating: '5::smallint',
  book_titles: "array['vanity fair']",
  movie_titles: "array['star wars: episode ix - end']",
  created_at: "timestamptz '2021-12-02 05:11:35.525+00'",
  updated_at: 'null::timestamptz',
}
const review = (rate, label, ...movies) => ({
  content: { text: 'Pecco quis.' },
  rating: { rate, label },
  books: [{ id: null, metadata: { title: 'VANITY FAIR', pages: 'unknown' } }],
  movies: movies.map((title) => ({ id: 0, title })),
  created: '2021-12-02T06:11:35.525+0100',
})
const STAR_WARS = 'STAR WARS: EPISODE IX – END'

testCases('reviews', 'reviews', [
  [review(5, 'FIVE', 'end', STAR_WARS), sound],
  [review(5, 'five', STAR_WARS, 'end'), sound],
  [
    {
      resume: 'Pecco quis.',
      rate: '5',
      book: 'Vanity Fair',
      movie: STAR_WARS,
      created: '2021-12-02T06:11:35.525',
    },
    sound,
  ],
  // A movie may be called End; the one that is none is written in lower case.
  [review(5, 'FIVE', 'END', 'end'), { ...sound, movie_titles: "array['end']" }],
  [review(5, 'FOUR', STAR_WARS), { ...sound, reason: "'out_of_range'" }],
  [review(6, 'SIX', STAR_WARS), { ...sound, reason: "'out_of_range'", rating: 'null::smallint' }],
  [
    { ...review(5, 'FIVE', STAR_WARS), created: 'today' },
    { ...sound, reason: "'bad_timestamp'", created_at: 'null::timestamptz' },
  ],
  [
    { rating: { rate: 5, label: 'FIVE' } },
    {
      ...sound,
      reason: "'missing_key'",
      review_key: 'null::text',
      review_text: 'null::text',
      book_titles: "'{}'::text[]",
      movie_titles: "'{}'::text[]",
      created_at: 'null::timestamptz',
    },
  ],
])
