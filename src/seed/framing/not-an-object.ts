import { BOOLEAN, type JsonScanner, NULL, NUMBER, STRING } from '../json/scanner.js'

/** Says what a record is that should have been an object; the scanner has just read it at `at`. */
export function notAnObject(scanner: JsonScanner, at: number): string {
  return `a JSON ${kindName(scanner, at)} where an object should be`
}

function kindName(scanner: JsonScanner, at: number): string {
  switch (scanner.kind) {
    case NULL:
      return 'null'
    case STRING:
      return 'string'
    case NUMBER:
      return 'number'
    case BOOLEAN:
      return 'boolean'
    default:
      return scanner.bytes[at] === 0x5b ? 'array' : 'object'
  }
}
