const sources = {
  users: 'One row per user as the company exported it, every field as text.',
  movies: 'One row per movie of the catalogue as the company exported it, every field as text.',
  streams: 'One row per stream as the company exported it, every field as text.',
  vendor_authors: "One row per author and extract of the vendor's, in either of its formats.",
  vendor_books: "One row per book and extract of the vendor's.",
  vendor_reviews: "One row per review and extract of the vendor's, in either of its formats.",
}

for (const [name, description] of Object.entries(sources))
  declare({ schema: 'raw', name: `streaming_${name}`, description })
