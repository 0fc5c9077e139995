/**
 * The part of the dictionary that only the streaming domain has; `columns.js` takes it in.
 */
module.exports = {
  entity_key: 'The key of what the row is about, where it says so.',

  // Movies and their users
  movie_key:
    'The movie: hash of its normalised title; in the fact, unknown if the catalogue lacks it.',
  user_key: 'The user: hash of the address; in the fact, unknown if the export of users lacks it.',
  email: 'Address of the user, in lower case.',
  first_name: 'First name.',
  last_name: 'Last name.',
  title: 'Title of the movie, as the catalogue has it.',
  title_norm: 'Title of the movie in lower case, with single spaces and one kind of dash.',
  movie_title: 'Title of the movie; normalised, if only reviews know it.',
  duration_minutes: 'Length of the movie in minutes.',
  original_language: 'Original language of the movie.',
  size_mb: 'Size in MB, as the source counts them.',
  is_based_on_book: 'Whether a review, of now or of before, names the movie together with a book.',
  is_in_catalogue: "Whether the movie is in the company's catalogue.",

  // Streams
  stream_id: 'Hash of movie, user and start to the millisecond.',
  start_at: 'When the stream started.',
  end_at: 'When the stream ended.',
  start_date: 'The day on which the stream started, at +01:00.',
  end_date: 'The day on which the stream ended, at +01:00.',
  start_minute: 'Minute of the day in which the stream started, at +01:00, 0 to 1439.',
  watched_ratio:
    "Duration of the stream by the movie's length; may be above 1; NULL without a length.",
  watched_ratio_capped: 'The same, 1 at the most.',
  streams: 'Streams.',
  users: 'Distinct users, by address.',
  movies: 'Distinct movies, by normalised title.',
  hours_streamed: 'Hours streamed.',
  avg_duration_seconds: 'Mean duration of a stream in seconds.',
  size_gib: 'Size of all streams, in units of 1024 MB.',
  book_based_streams: 'Streams of movies that are based on a book.',
  book_based_share: 'Their share of the streams, 0 to 1.',
  outage_from: 'Start of the outage.',
  outage_to: 'End of the outage.',
  first_start_at: 'Start of the first of these streams.',
  last_end_at: 'End of the last of these streams.',
  minutes_lost: 'Minutes of these streams that lie within the outage.',

  // Books, authors and reviews
  author_key: 'The author: hash of the normalised name.',
  author_name: 'Name of the author.',
  birth_date: 'Date of birth.',
  death_date: 'Date of death; may lie ahead.',
  nationality_slugs:
    'Nationalities as the vendor abbreviates them, each once, in alphabetical order.',
  nationalities: 'Nationalities in the same order, in words.',
  nationality_slug: 'Nationality as the vendor abbreviates it.',
  nationality: 'Nationality in words.',
  book_key: 'The book: hash of its normalised title.',
  book_title: 'Title of the book.',
  book_title_norm: 'Title of the book in lower case, with single spaces and one kind of dash.',
  pages: 'Pages of the book.',
  publisher: 'Publisher of the book.',
  review_key: 'The review: hash of its text, for it has no id.',
  review_text: 'Text of the review.',
  rating: 'Rating, 1 to 5.',
  rating_label: 'Rating in words, ONE to FIVE.',
  book_titles: 'Books that the review names, as normalised titles in alphabetical order.',
  movie_titles: 'Movies that the review names, as normalised titles in alphabetical order.',
  created_at: 'When the review was created; NULL in the flat format.',
  updated_at:
    'When the review was updated, as of the first extract with this version; NULL in the flat format.',
  row_hash: 'Hash of what makes a version, so without the extract.',
  author_nationalities: 'Nationalities of the author, in words.',
  is_author_known: 'Whether the vendor has, or had, the author.',
  is_book_deleted: 'Whether the vendor has deleted the book; NULL if it never had it.',
  reviews: 'Reviews that name the two together.',
  avg_rating: 'Mean rating of these reviews.',

  // Questions and changes
  question: 'Number of the question, 1 to 6: see docs/warehouse.md.',
  answer: 'The answer, rounded as it is given out.',
  unit: 'Unit of the answer.',
  parameters: 'What was asked for, and figures beside the answer.',
  entity: 'authors, books or reviews.',
  added: 'Things that the extract has and none before it had.',
  changed: 'Things that the extract has otherwise than the one before.',
  returned: 'Things that an earlier extract had, the one before did not, and this one has.',
  deleted: 'Things that the extract before has and this one does not.',
}
