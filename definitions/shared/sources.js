// Lines of any source that could not be read as a row; the loader writes them.
declare({
  schema: 'raw',
  name: 'rejects',
  description: 'One row per line of a file that could not be read as a row.',
})
