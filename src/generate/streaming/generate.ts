import { formatDay } from '../calendar.js'
import { clearEarlierOutput, writeManifest } from '../manifest-file.js'
import { OutputFile } from '../output-file.js'
import { createRandom } from '../random.js'
import type { GenerateProgress, GenerateSummary } from '../types.js'
import { CsvFile } from './csv-file.js'
import type { StreamingOptions } from './options.js'
import { startDay, streamDirt, Streams, type StreamRow } from './streams.js'
import { Tally } from './tally.js'
import { Vendor, type VendorFile } from './vendor.js'
import { createWorld, type Movie, type User } from './world.js'

/**
 * Writes the files of the streaming domain below `options.out`, and the manifest beside them.
 * @throws CommandError if the folder holds files that aren't an earlier output of this generator
 */
export async function generateStreaming(
  options: StreamingOptions,
  onProgress: (progress: GenerateProgress) => void,
): Promise<GenerateSummary> {
  await clearEarlierOutput(options.out, 'streaming')
  const world = createWorld(options)
  const tally = new Tally()

  const users = await CsvFile.create<User>(options.out, 'streaming/users.csv', [
    'first_name',
    'last_name',
    'email',
  ])
  for (const user of world.users) users.write(user)
  tally.addFile('users', await users.close())
  const movies = await CsvFile.create<Movie>(options.out, 'streaming/movies.csv', [
    'title',
    'duration_mins',
    'original_language',
    'size_mb',
  ])
  for (const movie of world.movies) movies.write(movie)
  tally.addFile('movies', await movies.close())

  await writeStreams(options, new Streams(world, createRandom(options.seed, 10)), tally, onProgress)
  for (const file of new Vendor(options, world).files())
    await writeExtract(options.out, file, tally)

  const manifestPath = await writeManifest(options.out, 'streaming', tally.manifest(options))
  return { manifestPath, files: tally.files, rows: tally.rows, dirt: tally.dirt }
}

async function writeStreams(
  options: StreamingOptions,
  streams: Streams,
  tally: Tally,
  onProgress: (progress: GenerateProgress) => void,
): Promise<void> {
  const file = await CsvFile.create<StreamRow>(options.out, 'streaming/streams.csv', [
    'movie_title',
    'user_email',
    'size_mb',
    'start_at',
    'end_at',
  ])
  // Dirt has random numbers of its own, so that it does not change what lies beneath it.
  const random = createRandom(options.seed, 11)
  for (let day = 0; day < options.days; day++) {
    for (const row of streams.ofDay(options.firstDay + day)) {
      const kind = random.chance(options.dirt) ? random.pick(streamDirt) : undefined
      if (kind?.fate === 'duplicate') file.write(row)
      file.write(kind === undefined ? row : kind.spoil(row))
      tally.addStream(startDay(row), kind)
      if (file.output.isFull) await file.output.drain()
    }
    onProgress({
      rows: file.rows,
      day: formatDay(options.firstDay + day),
      fraction: (day + 1) / options.days,
    })
  }
  tally.addFile('streams', await file.close())
}

async function writeExtract(out: string, file: VendorFile, tally: Tally): Promise<void> {
  const path = `streaming/vendor/${file.day}/${file.entity}.json`
  const output = await OutputFile.create(`${out}/${path}`, false)
  output.write(`[${file.rows.map((row) => `\n${JSON.stringify(row)}`).join(',')}\n]\n`)
  await output.close()
  tally.addFile(`vendor_${file.entity}`, { path, rows: file.rows.length })
  tally.addExtract(file)
}
