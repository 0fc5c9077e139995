import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/**
 * Counts what lies in a folder of media files, from the files alone: an own reading of the rules for
 * raw rows, that shares no code with the generator. Small folders only: it keeps every row's key.
 */
export interface Recount {
  readonly files: number
  readonly lines: number
  readonly blankLines: number
  readonly rejected: number
  readonly rows: number
  readonly staged: number
  readonly duplicates: number
  readonly users: number
  readonly pageviews: number
  readonly quarantined: Readonly<Record<string, number>>
  readonly kinds: Readonly<Record<string, number>>
  readonly byCategory: Readonly<Record<string, number>>
  readonly byReferrer: Readonly<Record<string, number>>
  readonly byDate: Readonly<Record<string, number>>
  /** Rows with more than one kind of dirt. */
  readonly ambiguous: readonly string[]
}

type Row = Readonly<Record<string, unknown>>

const fields = [
  'user_id',
  'timestamp',
  'page_url',
  'action',
  'device_type',
  'referrer',
  'session_id',
  'time_spent_seconds',
  'scroll_depth',
]
const aliases = ['client_id', 'clientId']
const pageviews = ['page_view', 'page_viewed', 'read', 'article_read', 'view']
const actions = [...pageviews, 'video_play', 'comment', 'share', 'like', 'bookmark']
const devices = ['mobile', 'desktop', 'tablet']
const quarantine: Readonly<Record<string, string>> = {
  null_user_id: 'missing_key',
  blank_user_id: 'missing_key',
  absent_required_key: 'missing_key',
  blank_required_value: 'missing_key',
  unparsable_timestamp: 'bad_timestamp',
  future_timestamp: 'future_timestamp',
  unknown_action: 'unknown_enum',
  unknown_device: 'unknown_enum',
  negative_time_spent: 'out_of_range',
  excessive_time_spent: 'out_of_range',
  non_numeric_time_spent: 'out_of_range',
  scroll_depth_out_of_range: 'out_of_range',
}

class Tally {
  readonly counts: Record<string, number> = {}
  add(name: string, by = 1): void {
    this.counts[name] = (this.counts[name] ?? 0) + by
  }
}

const isBlank = (value: unknown): boolean =>
  value === null || (typeof value === 'string' && value.trim() === '')
const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** The instant in milliseconds; NaN for what isn't a time of the calendar. */
function instant(value: string): number {
  const parts = /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.exec(value)
  if (parts === null) return Number.NaN
  const day = new Date(`${value.slice(0, 10)}T00:00:00Z`)
  return day.getUTCDate() === Number(parts[3]) ? Date.parse(value) : Number.NaN
}

/** First second of the folder's period, in milliseconds. */
function folderStart(folder: string): number {
  const week = /^(\d{4})-W(\d{2})$/.exec(folder)
  if (week === null) return Date.parse(folder.length === 7 ? `${folder}-01` : folder)
  // The week with 4 January is the first.
  const january = new Date(`${week[1] ?? ''}-01-04T00:00:00Z`)
  const monday = january.getTime() - ((january.getUTCDay() + 6) % 7) * 86_400_000
  return monday + (Number(week[2]) - 1) * 7 * 86_400_000
}

function category(url: string): string {
  if (!/^https?:\/\/news\.example\.com(\/|$)/i.test(url)) return 'unknown'
  const path = url
    .replace(/[?#].*$/, '')
    .split('/')
    .slice(3)
  return path[0] === undefined || path[0] === '' ? 'home' : path[0].toLowerCase()
}

function referrerClass(value: unknown): string {
  if (value === undefined || isBlank(value)) return 'direct'
  const host = text(value).split('/')[2] ?? ''
  if (host === 'news.example.com' || host.endsWith('.news.example.com')) return 'internal'
  if (/newsletter|email|^mail\.|^com\.google\.android\.gm$/.test(host)) return 'email'
  if (/google|bing|duckduckgo/.test(host)) return 'search'
  if (/facebook|linkedin|reddit|^t\.co$/.test(host)) return 'social'
  if (/news|nytimes|cnn|bbc/.test(host)) return 'news'
  return 'other'
}

function kindsOfRow(row: Row, alias: string | undefined): string[] {
  const kinds: string[] = []
  const note = (isSo: boolean, kind: string): void => {
    if (isSo) kinds.push(kind)
  }
  note(row['user_id'] === null, 'null_user_id')
  note(typeof row['user_id'] === 'string' && isBlank(row['user_id']), 'blank_user_id')
  note(alias !== undefined, 'renamed_key')
  note(!('user_id' in row) && alias === undefined, 'absent_required_key')
  for (const key of ['timestamp', 'page_url', 'action']) {
    note(!(key in row), 'absent_required_key')
    note(key in row && isBlank(row[key]), 'blank_required_value')
  }
  const time = text(row['timestamp'])
  if (time.trim() !== '') {
    note(Number.isNaN(instant(time)), 'unparsable_timestamp')
    note(time.startsWith('2099'), 'future_timestamp')
    note(/\d\.\d/.test(time), 'timestamp_milliseconds')
    note(/[+-]\d{2}:\d{2}$/.test(time), 'timestamp_offset')
  }
  const action = text(row['action'])
  if (action.trim() !== '') {
    note(!actions.includes(action.toLowerCase()), 'unknown_action')
    note(action !== action.toLowerCase(), 'upper_case_action')
  }
  const device = text(row['device_type'])
  note(!devices.includes(device.toLowerCase()), 'unknown_device')
  note(device !== device.toLowerCase(), 'upper_case_device')
  const spent = row['time_spent_seconds']
  note(typeof spent === 'string', 'non_numeric_time_spent')
  note(typeof spent === 'number' && spent < 0, 'negative_time_spent')
  note(typeof spent === 'number' && spent > 86_400, 'excessive_time_spent')
  const depth = row['scroll_depth']
  note(typeof depth === 'number' && (depth < 0 || depth > 100), 'scroll_depth_out_of_range')
  note(typeof depth === 'number' && depth > 1 && depth <= 100, 'scroll_depth_percent')
  note(!('scroll_depth' in row), 'vanished_column')
  const referrer = row['referrer']
  note(referrer === null, 'null_referrer')
  note(referrer !== '' && typeof referrer === 'string' && isBlank(referrer), 'whitespace_referrer')
  const url = text(row['page_url'])
  if (url.trim() !== '') {
    note(url.startsWith('javascript:'), 'url_javascript')
    const isOwn = url.toLowerCase().startsWith('https://news.example.com/')
    note(!isOwn && !url.startsWith('javascript:'), 'url_other_host')
    note(isOwn && !url.startsWith('https://news.example.com/'), 'url_mixed_case')
    note(url.includes('?'), 'url_query')
    note(url.includes('#'), 'url_fragment')
    note(isOwn && url.endsWith('/') && category(url) !== 'home', 'url_trailing_slash')
  }
  note(!('session_id' in row) || row['session_id'] === '', 'missing_session_id')
  const known = [...fields, ...aliases]
  note(
    Object.keys(row).some((key) => !known.includes(key)),
    'extra_key',
  )
  return kinds
}

/** Reads every file below `root/media` and counts. */
export async function recount(root: string): Promise<Recount> {
  const entries = await readdir(join(root, 'media'), { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  const kinds = new Tally()
  const [quarantined, byCategory, byReferrer, byDate] = [
    new Tally(),
    new Tally(),
    new Tally(),
    new Tally(),
  ]
  const fileOfKey = new Map<string, string>()
  const usersOfSession = new Map<string, Set<string>>()
  const users = new Set<string>()
  const ambiguous: string[] = []
  const sums = { lines: 0, blankLines: 0, rejected: 0, rows: 0, staged: 0, duplicates: 0 }
  let pageviewRows = 0

  for (const path of paths) {
    const bytes = await readFile(path)
    let content = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
    if (content.startsWith('\uFEFF')) {
      kinds.add('byte_order_mark')
      content = content.slice(1)
    }
    const lines = content.split('\n')
    const endsInNewline = lines.at(-1) === ''
    if (endsInNewline) lines.pop()
    sums.lines += lines.length

    const elements: unknown[] = []
    if (content.startsWith('[')) elements.push(...(JSON.parse(content) as unknown[]))
    else {
      for (const [number, line] of lines.entries()) {
        if (line.trim() === '') {
          sums.blankLines += 1
          kinds.add('blank_line')
          continue
        }
        try {
          elements.push(JSON.parse(line))
        } catch {
          sums.rejected += 1
          const isCut = number === lines.length - 1 && !endsInNewline
          kinds.add(isCut ? 'truncated_last_line' : 'malformed_line')
        }
      }
    }

    const start = folderStart(path.slice(join(root, 'media/').length).split('/')[0] ?? '')
    let newest = 0
    for (const element of elements) {
      if (typeof element !== 'object' || element === null || Array.isArray(element)) {
        sums.rejected += 1
        kinds.add('non_object_line')
        continue
      }
      const row = element as Row
      sums.rows += 1
      const alias = aliases.find((name) => name in row)
      const user = text(row[alias ?? 'user_id']).trim()
      const at = instant(text(row['timestamp']))
      const key = JSON.stringify([user, row['session_id'], at, row['page_url'], row['action']])
      const found = kindsOfRow(row, alias)
      const reason = found.map((kind) => quarantine[kind]).find((name) => name !== undefined)
      const earlier = reason === undefined ? fileOfKey.get(key) : undefined
      if (earlier !== undefined) {
        sums.duplicates += 1
        kinds.add(earlier === path ? 'exact_duplicate' : 'resent_file')
        if (found.length > 0) ambiguous.push(JSON.stringify(row))
        continue
      }
      const second = Math.floor(at / 1000)
      if (!Number.isNaN(at) && !found.includes('future_timestamp')) {
        if (at < start) found.push('late_row')
        else if (second < newest) found.push('out_of_order')
        else newest = second
      }
      for (const kind of found) kinds.add(kind)
      if (found.length > 1) ambiguous.push(`${found.join()} ${JSON.stringify(row)}`)
      if (reason !== undefined) {
        quarantined.add(reason)
        continue
      }
      fileOfKey.set(key, path)
      sums.staged += 1
      users.add(user)
      if (pageviews.includes(text(row['action']).toLowerCase())) pageviewRows += 1
      byCategory.add(category(text(row['page_url'])))
      byReferrer.add(referrerClass(row['referrer']))
      byDate.add(new Date(at).toISOString().slice(0, 10))
      const session = text(row['session_id'])
      if (session === '') continue
      const owners = usersOfSession.get(session) ?? new Set()
      usersOfSession.set(session, owners.add(user))
    }
  }
  const shared = [...usersOfSession.values()].reduce((sum, owners) => sum + owners.size - 1, 0)
  if (shared > 0) kinds.add('shared_session_id', shared)
  return {
    ...sums,
    files: paths.length,
    users: users.size,
    pageviews: pageviewRows,
    quarantined: quarantined.counts,
    kinds: kinds.counts,
    byCategory: byCategory.counts,
    byReferrer: byReferrer.counts,
    byDate: byDate.counts,
    ambiguous,
  }
}
