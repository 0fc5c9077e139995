import { formatDay } from '../calendar.js'
import type { CommonOptions } from '../common-options.js'
import { isQuarantined } from '../fates.js'
import { clearEarlierOutput, writeManifest } from '../manifest-file.js'
import { OutputFile } from '../output-file.js'
import { createRandom } from '../random.js'
import type { GenerateProgress, GenerateSummary } from '../types.js'
import { Activity } from './activity.js'
import { DirtSchedule, type DirtKind } from './dirt.js'
import { Ledger } from './ledger.js'
import { socialManifest } from './manifest.js'
import { columns, csvLine, sources, type SocialRow, type Source } from './rows.js'

/** The exports, and the one with what became of posts; it is loaded after the others of its source. */
const paths = {
  events: 'social/events.csv',
  payments: 'social/payments_data.csv',
  posts: 'social/posts.csv',
  later: 'social/posts/later.csv',
} as const

type Files = Readonly<Record<keyof typeof paths, OutputFile>>

/**
 * Writes the files of the social domain below `options.out`, and the manifest beside them.
 * @throws CommandError if the folder holds files that aren't an earlier output of this generator
 */
export async function generateSocial(
  options: CommonOptions,
  onProgress: (progress: GenerateProgress) => void,
): Promise<GenerateSummary> {
  await clearEarlierOutput(options.out, 'social')
  const files = await createFiles(options.out)
  const ledger = new Ledger()
  const activity = new Activity(options)
  const schedules = Object.fromEntries(
    // A stream of random numbers each, so that dirt doesn't change what the users do.
    sources.map((source, index) => [
      source,
      new DirtSchedule(source, options.dirt, createRandom(options.seed, 2 + index)),
    ]),
  ) as Readonly<Record<Source, DirtSchedule>>
  const random = createRandom(options.seed, 2 + sources.length)
  const rows = () => sources.reduce((sum, source) => sum + ledger.rawRows(source), 0)

  for (let index = 0; index < options.days; index++) {
    for (const row of activity.day(index)) {
      const kind = schedules[row.source].next(row.fields)
      const change = kind?.change?.(row.fields, random)
      writeRow(files, { ...row, fields: { ...row.fields, ...change } }, kind)
      ledger.addRow(row, kind)
      writeLater(files, ledger, row, kind)
      for (const file of Object.values(files)) if (file.isFull) await file.drain()
    }
    const day = formatDay(options.firstDay + index)
    onProgress({ rows: rows(), day, fraction: (index + 1) / options.days })
  }
  for (const file of Object.values(files)) await file.close()

  const manifest = socialManifest(options, ledger, Object.values(paths))
  const manifestPath = await writeManifest(options.out, 'social', manifest)
  const { length } = Object.keys(paths)
  return { manifestPath, files: length, rows: rows(), dirt: ledger.dirtPieces }
}

async function createFiles(out: string): Promise<Files> {
  const created: Partial<Record<keyof typeof paths, OutputFile>> = {}
  for (const [name, path] of Object.entries(paths) as [keyof typeof paths, string][]) {
    const file = await OutputFile.create(`${out}/${path}`, false)
    file.write(`${columns[name === 'later' ? 'posts' : name].join(',')}\n`)
    created[name] = file
  }
  return created as Files
}

function writeRow(files: Files, row: SocialRow, kind: DirtKind | undefined): void {
  const file = files[row.source]
  const line = csvLine(row.source, row.fields, kind?.name === 'quoted_fields')
  file.write(`${line}\n`)
  if (kind?.fate === 'duplicate') file.write(`${line}\n`)
  if (kind?.fate === 'rejected') file.write('502 Bad Gateway\n')
  if (kind?.fate === 'skipped') file.write('\n')
}

/** A post that did not get past quarantine has no later state. */
function writeLater(
  files: Files,
  ledger: Ledger,
  row: SocialRow,
  kind: DirtKind | undefined,
): void {
  if (row.source !== 'posts' || row.later === null) return
  if (kind !== undefined && isQuarantined(kind.fate)) return
  files.later.write(`${csvLine('posts', row.later)}\n`)
  ledger.addLaterState(row.fields, row.later)
}
