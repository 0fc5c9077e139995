/**
 * Takes a `.sqlx` file apart into the statements that core makes of it: literal text and interpolations.
 * Sees the file as core's own lexer does, its oddities included, but keeps where everything stands.
 */

/** A piece of a statement. Offsets are characters of the file, `end` exclusive. */
export interface SqlxPart {
  /**
   * `literal`: copied as it stands. `opaque`: what comes out is not known here, as of an interpolation
   * `${...}` or of a comment with a backslash, which JavaScript takes for an escape.
   */
  readonly kind: 'literal' | 'opaque'
  readonly start: number
  readonly end: number
}

/** One SQL statement of the file, its pieces in order; blocks that stood between them are left out. */
export type SqlxStatement = readonly SqlxPart[]

const BLOCK_START =
  /config \{|js \{|incremental_where \{|pre_operations \{|post_operations \{|input "[\w-]+"(?:,\s*"[\w-]+")* \{/y
const SEPARATOR = /[^\S\r\n]*---[^\S\r\n]*$/my
const LINE_COMMENT = /--.*?$/my
const BLOCK_COMMENT = /\/\*[\s\S]*?\*\//y
const JS_SKIPPED = /\/\/.*?$|\/\*[\s\S]*?\*\/|'(?:\\['\\]|[^\n'\\])*'|"(?:\\["\\]|[^\n"\\])*"/my
const QUOTES = ["'''", '"""', "'", '"'] as const

class Scanner {
  private position = 0
  private readonly statements: SqlxPart[][] = []

  constructor(private readonly source: string) {}

  scan(): readonly SqlxStatement[] {
    this.sql(false)
    return this.statements.filter((statement) => statement.length > 0)
  }

  private matchLength(pattern: RegExp): number {
    pattern.lastIndex = this.position
    return pattern.exec(this.source)?.[0].length ?? 0
  }

  /** Reads SQL up to the end of the file, or of the block whose brace was just passed. */
  private sql(isBlock: boolean): void {
    let parts: SqlxPart[] = []
    this.statements.push(parts)
    let literal = this.position
    const flush = (): void => {
      if (this.position > literal)
        parts.push({ kind: 'literal', start: literal, end: this.position })
    }
    while (this.position < this.source.length) {
      let length
      if (isBlock && this.source[this.position] === '}') {
        flush()
        this.position++
        return
      }
      if (!isBlock && (length = this.matchLength(BLOCK_START)) > 0) {
        flush()
        this.block(length)
        literal = this.position
      } else if ((length = this.matchLength(SEPARATOR)) > 0) {
        flush()
        this.position += length
        literal = this.position
        this.statements.push((parts = []))
      } else if (
        (length = this.matchLength(LINE_COMMENT)) > 0 ||
        (length = this.matchLength(BLOCK_COMMENT)) > 0
      ) {
        const end = this.position + length
        if (this.source.slice(this.position, end).includes('\\')) {
          flush()
          parts.push({ kind: 'opaque', start: this.position, end })
          literal = end
        }
        this.position = end
      } else if (this.source.startsWith('${', this.position)) {
        flush()
        parts.push(this.interpolation())
        literal = this.position
      } else {
        const quote = QUOTES.find((each) => this.source.startsWith(each, this.position))
        if (quote === undefined) this.position++
        else literal = this.quoted(quote, parts, literal)
      }
    }
    flush()
  }

  /** Reads a quoted SQL string, in which interpolations are evaluated all the same. */
  private quoted(quote: string, parts: SqlxPart[], literalStart: number): number {
    let literal = literalStart
    this.position += quote.length
    while (this.position < this.source.length) {
      if (this.source.startsWith('\\\\', this.position)) this.position += 2
      else if (quote.length === 1 && this.source.startsWith(`\\${quote}`, this.position))
        this.position += 2
      else if (this.source.startsWith(quote, this.position)) {
        this.position += quote.length
        return literal
      } else if (this.source.startsWith('${', this.position)) {
        if (this.position > literal)
          parts.push({ kind: 'literal', start: literal, end: this.position })
        parts.push(this.interpolation())
        literal = this.position
      } else this.position++
    }
    return literal
  }

  private block(headLength: number): void {
    const head = this.source.slice(this.position, this.position + headLength)
    this.position += headLength
    if (/^(config|js) /.test(head)) this.javaScript()
    else this.sql(true)
  }

  private interpolation(): SqlxPart {
    const start = this.position
    this.position += 2
    this.javaScript()
    return { kind: 'opaque', start, end: this.position }
  }

  /** Reads JavaScript up to the brace that closes it. */
  private javaScript(): void {
    while (this.position < this.source.length) {
      const length = this.matchLength(JS_SKIPPED)
      const character = this.source[this.position]
      this.position += Math.max(1, length)
      if (length > 0) continue
      if (character === '`') this.template()
      else if (character === '{') this.javaScript()
      else if (character === '}') return
    }
  }

  private template(): void {
    while (this.position < this.source.length) {
      if (this.source.startsWith('\\\\', this.position)) this.position += 2
      else if (this.source.startsWith('${', this.position)) {
        this.position += 2
        this.javaScript()
      } else if (this.source[this.position++] === '`') return
    }
  }
}

/**
 * The statements of a `.sqlx` file: those of its body, of its operations blocks and of its inputs.
 * @param source the file's text
 */
export function scanSqlx(source: string): readonly SqlxStatement[] {
  return new Scanner(source).scan()
}
