import { parquetReadObjects } from 'hyparquet'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { pathsOf } from './generate-files.js'

/** A row as texts; what is missing is null. */
export type Row = Readonly<Record<string, string | null>>

/**
 * What lies in a folder of product files, counted from the files alone: an own reading of the rules for raw rows, that
 * shares no code with the generator. Small folders only.
 */
export interface ProductRecount {
  readonly events: Counted
  readonly users: Counted
  readonly kinds: Readonly<Record<string, number>>
  readonly byDate: Readonly<Record<string, number>>
  readonly activeByDate: Readonly<Record<string, number>>
  readonly versions: number
  readonly current: number
  /** Staged events, for looks at how they are distributed. */
  readonly rows: readonly Row[]
  /** The rows of the last snapshot that are in order. */
  readonly people: readonly Row[]
  /** Rows with more than one kind of dirt. */
  readonly ambiguous: readonly Row[]
}

interface Counted {
  rows: number
  staged: number
  duplicates: number
  readonly quarantined: Record<string, number>
}

const types = [
  ...['app_open', 'content_view', 'content_create', 'like', 'comment', 'share', 'message_sent'],
  ...['story_view', 'story_create', 'ad_impression', 'ad_click', 'search', 'profile_view'],
  ...['notification_open', 'session_end'],
]
const platforms = ['facebook', 'instagram', 'messenger', 'whatsapp', 'threads']

const empty = (): Counted => ({ rows: 0, staged: 0, duplicates: 0, quarantined: {} })
const add = (counts: Record<string, number>, name: string, by = 1) => {
  counts[name] = (counts[name] ?? 0) + by
}

/** The rows of a file of any format. */
export async function rowsOf(path: string): Promise<readonly Row[]> {
  const bytes = await readFile(path)
  if (path.endsWith('.parquet')) {
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)
    const rows = await parquetReadObjects({ file: file })
    return rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, asText(name, value)])),
    )
  }
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  const lines = text.trimEnd().split('\n')
  if (path.includes('.ndjson')) return lines.map((line) => JSON.parse(line) as Row)
  const names = lines[0]?.split(',') ?? []
  return lines.slice(1).map((line) => {
    const fields = line.split(',')
    return Object.fromEntries(names.map((name, index) => [name, fields[index] || null]))
  })
}

function asText(name: string, value: unknown): string | null {
  if (value instanceof Date) return value.toISOString().slice(0, name === 'signup_date' ? 10 : 24)
  return typeof value === 'string' ? value : null
}

/** The day in a path. */
const dayOf = (path: string) => /dt=(\d{4}-\d{2}-\d{2})/.exec(path)?.[1] ?? ''

/** Reads every file below `root/product` and counts. */
export async function recountProduct(root: string): Promise<ProductRecount> {
  const paths = (await pathsOf(root, 'product')).filter((path) => path.startsWith('product/'))
  const kinds: Record<string, number> = {}
  const users = empty()
  const ambiguous: Row[] = []
  const signups = new Map<string, string>()
  const snapshots = new Map<string, Map<string, string | undefined>>()
  let people: readonly Row[] = []

  for (const path of paths.filter((each) => each.startsWith('product/users'))) {
    const isResent = path.includes('resent')
    const seen = new Map<string, string | undefined>()
    const proper: Row[] = []
    for (const row of await rowsOf(join(root, path))) {
      users.rows += 1
      const found = kindsOfUser(row)
      if (isResent) add(kinds, 'resent_snapshot')
      else for (const kind of found) add(kinds, kind)
      if (found.length > 1) ambiguous.push(row)
      const id = row.user_id ?? ''
      const isQuarantined = found.some((kind) => /^(null|unknown)_/.test(kind))
      if (id !== '' && seen.has(id)) {
        users.duplicates += 1
        if (!isResent) add(kinds, 'identical_user')
        continue
      }
      if (isQuarantined) {
        add(users.quarantined, found.includes('unknown_platform') ? 'unknown_enum' : 'missing_key')
        // Such a row says that the user is there, but not how.
        if (id !== '') seen.set(id, undefined)
        continue
      }
      users.staged += 1
      const { country, age_group, device_type, user_segment, primary_platform, signup_date } = row
      const state = [country, age_group, device_type, user_segment, primary_platform]
      seen.set(id, state.map((value) => value?.trim().toLowerCase()).join())
      if (!signups.has(id)) signups.set(id, signup_date ?? '')
      proper.push(row)
    }
    snapshots.set(dayOf(path), seen)
    people = proper
  }

  const events = empty()
  const byDate: Record<string, number> = {}
  const active = new Map<string, Set<string>>()
  const fileOfId = new Map<string, string>()
  const rowOfId = new Map<string, string>()
  const rows: Row[] = []
  for (const path of paths.filter((each) => each.startsWith('product/events'))) {
    for (const row of await rowsOf(join(root, path))) {
      events.rows += 1
      const found = kindsOfEvent(row, signups)
      const id = row.event_id ?? ''
      const earlier = fileOfId.get(id)
      const reason = reasonOf(found)
      if (reason === undefined && earlier !== undefined) {
        events.duplicates += 1
        const isSame = rowOfId.get(id) === JSON.stringify(row)
        add(
          kinds,
          earlier !== path ? 'resent_events' : isSame ? 'identical_event' : 'conflicting_event',
        )
        continue
      }
      const day = row.event_timestamp?.slice(0, 10) ?? ''
      if (reason === undefined && day < dayOf(path)) found.push('late_events')
      for (const kind of found) add(kinds, kind)
      if (found.length > 1) ambiguous.push(row)
      if (reason !== undefined) {
        add(events.quarantined, reason)
        continue
      }
      fileOfId.set(id, path)
      rowOfId.set(id, JSON.stringify(row))
      events.staged += 1
      rows.push(row)
      add(byDate, day)
      const type = row.event_type?.trim().toLowerCase()
      if (type === 'ad_impression' || type === 'session_end') continue
      const users = active.get(day) ?? new Set()
      active.set(day, users.add(row.user_id ?? ''))
    }
  }
  return {
    ...{ events, users, kinds, byDate, rows, people, ambiguous },
    activeByDate: Object.fromEntries([...active].map(([day, ids]) => [day, ids.size])),
    ...history([...snapshots.values()]),
  }
}

/** Versions of users over the snapshots, and who is in the last one. */
function history(snapshots: readonly ReadonlyMap<string, string | undefined>[]) {
  let versions = 0
  let before = new Map<string, string>()
  for (const snapshot of snapshots) {
    const now = new Map<string, string>()
    for (const [id, state] of snapshot) {
      const known = before.get(id)
      const is = state ?? known
      if (is === undefined) throw new Error(`user ${id} begins with a row that is quarantined`)
      if (is !== known) versions += 1
      now.set(id, is)
    }
    before = now
  }
  return { versions, current: before.size }
}

function kindsOfUser(row: Row): string[] {
  const kinds: string[] = []
  if (row.user_id === null) kinds.push('null_user_id')
  if (row.signup_date === null) kinds.push('null_signup_date')
  if (!platforms.includes(row.primary_platform ?? '')) kinds.push('unknown_platform')
  if (row.device_type !== row.device_type?.toLowerCase()) kinds.push('upper_case_device')
  if (row.country !== row.country?.trim()) kinds.push('padded_country')
  return kinds
}

function kindsOfEvent(row: Row, signups: ReadonlyMap<string, string>): string[] {
  const kinds: string[] = []
  const note = (isSo: boolean, kind: string) => {
    if (isSo) kinds.push(kind)
  }
  for (const name of ['event_id', 'user_id', 'event_type', 'country', 'device_type', 'session_id'])
    note(row[name] === null, `null_${name}`)
  const time = row.event_timestamp
  note(time === null, 'null_timestamp')
  note(typeof time === 'string' && time.startsWith('2099'), 'future_timestamp')
  const at = /^\d{4}-(\d{2})-(\d{2})T/.exec(time ?? '')
  const isTime =
    at !== null && new Date(`${(time ?? '').slice(0, 10)}T00:00:00Z`).getUTCDate() === Number(at[2])
  note(typeof time === 'string' && !isTime, 'unparsable_timestamp')
  for (const [name, proper] of [
    ['event_type', types],
    ['platform', platforms],
  ] as const) {
    const word = row[name]
    if (typeof word !== 'string') continue
    note(!proper.includes(word.trim().toLowerCase()), `unknown_${name}`)
    note(word !== word.toLowerCase(), `upper_case_${name}`)
    note(word !== word.trim(), `padded_${name}`)
  }
  const signup = signups.get(row.user_id ?? '')
  note(row.user_id !== null && signup === undefined, 'unknown_user')
  note(isTime && signup !== undefined && (time ?? '').slice(0, 10) < signup, 'events_before_signup')
  return kinds
}

function reasonOf(kinds: readonly string[]): string | undefined {
  for (const [reason, pattern] of [
    ['missing_key', /^null_(event_id|user_id|event_type|timestamp)$/],
    ['bad_timestamp', /^unparsable_timestamp$/],
    ['future_timestamp', /^future_timestamp$/],
    ['unknown_enum', /^unknown_(event_type|platform)$/],
    ['orphan_fk', /^unknown_user$/],
  ] as const) {
    if (kinds.some((kind) => pattern.test(kind))) return reason
  }
  return undefined
}
