/** Values of consecutive rows of a column, as text. */
export interface Texts {
  /** The texts' bytes, in any order, also with other bytes between them. */
  readonly bytes: Buffer
  /** Where each text begins; -1 for NULL. */
  readonly start: Int32Array
  /** Past each text. */
  readonly end: Int32Array
  /** 1 for each text that PostgreSQL can't hold (not UTF-8, or with a NUL); null if there is none. */
  readonly bad: Uint8Array | null
}

/** How a column's texts become JSON: as they are; in quotes; or as what they say, if they are JSON themselves. */
export type JsonForm = 'raw' | 'quoted' | 'text'

/** Texts of nothing but NULL. */
export function nullTexts(count: number): Texts {
  return {
    bytes: Buffer.alloc(0),
    start: new Int32Array(count).fill(-1),
    end: new Int32Array(count),
    bad: null,
  }
}

/** The same text, again and again. */
export function repeatText(text: string, count: number): Texts {
  const bytes = Buffer.from(text, 'utf8')
  return {
    bytes,
    start: new Int32Array(count),
    end: new Int32Array(count).fill(bytes.length),
    bad: null,
  }
}

/** The texts of a dictionary that `indexes` name, in that order; the caller has checked them. */
export function pickTexts(dictionary: Texts, indexes: Int32Array, count: number): Texts {
  const start = new Int32Array(count)
  const end = new Int32Array(count)
  const bad = dictionary.bad === null ? null : new Uint8Array(count)
  for (let index = 0; index < count; index++) {
    const from = indexes[index] as number
    start[index] = dictionary.start[from] as number
    end[index] = dictionary.end[from] as number
    if (bad !== null) bad[index] = dictionary.bad?.[from] as number
  }
  return { bytes: dictionary.bytes, start, end, bad }
}

/** Puts NULLs between texts: where `isThere` is 1 the next text, else NULL. */
export function spreadTexts(dense: Texts, isThere: Uint8Array, count: number): Texts {
  const start = new Int32Array(count).fill(-1)
  const end = new Int32Array(count)
  const bad = dense.bad === null ? null : new Uint8Array(count)
  let from = 0
  for (let index = 0; index < count; index++) {
    if (isThere[index] !== 1) continue
    start[index] = dense.start[from] as number
    end[index] = dense.end[from] as number
    if (bad !== null) bad[index] = dense.bad?.[from] as number
    from++
  }
  return { bytes: dense.bytes, start, end, bad }
}
