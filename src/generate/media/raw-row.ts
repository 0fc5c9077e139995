import { formatInstant } from '../calendar.js'
import type { Interaction } from './interaction.js'

/** A row as it is written: the fields of the source, and whatever dirt adds or takes away. */
export type RawRow = Readonly<Record<string, unknown>>

/** An interaction in the source's form. */
export function rawRow(interaction: Interaction): RawRow {
  return {
    user_id: interaction.userId,
    timestamp: formatInstant(interaction.second),
    page_url: interaction.page.url,
    action: interaction.action,
    device_type: interaction.device,
    referrer: interaction.referrer.url,
    session_id: interaction.sessionId,
    time_spent_seconds: interaction.timeSpent,
    scroll_depth: interaction.scrollDepth,
  }
}

/** A row without one of its keys. */
export function without(row: RawRow, key: string): RawRow {
  return Object.fromEntries(Object.entries(row).filter(([name]) => name !== key))
}

/** A row in which a key has another name, at the same place. */
export function renamed(row: RawRow, key: string, newName: string): RawRow {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name === key ? newName : name, value]),
  )
}
