import type { SourceSpot } from '../failure/types.js'

/** Temporary: replaced by the real one in a moment. */
export function locateInSource(_dir: string, _file: string, _text: string, _offset: number): SourceSpot | null {
  return null
}
