/**
 * What core says of references: unknown ones, ambiguous ones, names given twice.
 */
import { readSource } from '../failure/source-spot.js'
import type { Problem, SourceSpot } from '../failure/types.js'
import { CONFIG_BLOCK, findInSource, quotedName } from './find-in-source.js'
import { nearestNames } from '../graph/nearest.js'
import type { HostError } from './protocol.js'

/** A name as somebody wrote it in `ref(...)`. */
export interface Reference {
  readonly schema: string | undefined
  readonly name: string
}

/** What is needed to speak of references. */
export interface ReferenceContext {
  readonly projectDir: string
  /** The names of all actions, as the project's files have them. */
  readonly targets: readonly Reference[]
  /** Files that could not be loaded: what they define is missing, but that is not the fault of its users. */
  readonly brokenFiles: readonly string[]
  /** The place of an error, if V8 knows it. */
  readonly placeOf: (error: HostError) => SourceSpot | undefined
}

const MISSING = /^Missing dependency detected: Action ".*" depends on "(.*)" which does not exist$/s
const UNRESOLVED = /^Could not resolve (.*)$/s
const AMBIGUOUS = /^Ambiguous Action name: (.*)\. Did you mean one of: (.*)\.$/s
const DUPLICATE = /^Duplicate (?:action name|canonical target) detected\..*\n"(.*)"$/s

function asReference(text: string): Reference {
  try {
    const value = JSON.parse(text) as unknown
    if (typeof value === 'string') return { schema: undefined, name: value }
    const { schema, name } = value as { schema?: string; name?: string }
    return { schema: schema === '' ? undefined : schema, name: name ?? '' }
  } catch {
    return { schema: undefined, name: text }
  }
}

function display({ schema, name }: Reference): string {
  return schema === undefined ? name : `${schema}.${name}`
}

/** From the `ref` that V8 points to, to the name in it. */
function atName(spot: SourceSpot, name: string): SourceSpot {
  const found = spot.text?.indexOf(name, (spot.column ?? 1) - 1) ?? -1
  return found < 0 ? spot : { ...spot, column: found + 1, length: name.length }
}

/**
 * Where the name of a reference stands. An include that makes the reference has the name from the file that calls it, so
 * that file is looked at first.
 * @param known where it was found before, in case V8 doesn't know
 */
function spotOf(
  error: HostError,
  name: string,
  context: ReferenceContext,
  known: SourceSpot | undefined,
): SourceSpot {
  const place = context.placeOf(error)
  const inFile = (): SourceSpot =>
    findInSource(context.projectDir, error.fileName, [quotedName(name)])
  if (place === undefined) return known ?? inFile()
  if (place.file === error.fileName) return atName(place, name)
  const named = inFile()
  return named.line === undefined ? atName(place, name) : named
}

/** True if the action is probably defined in a file that could not be loaded. */
function isBroken(context: ReferenceContext, { name }: Reference): boolean {
  if (context.targets.some((target) => target.name === name)) return false
  return context.brokenFiles.some((file) => {
    const baseName = file.replace(/^.*\//, '').replace(/\.[^.]*$/, '')
    if (baseName === name) return true
    const source = readSource(context.projectDir, file) ?? ''
    const isDefinition = file.endsWith('.sqlx')
      ? new RegExp(`\\bname["']?\\s*:\\s*${quotedName(name).source}`)
      : quotedName(name)
    return isDefinition.test(source)
  })
}

function hintFor(context: ReferenceContext, reference: Reference): string {
  const elsewhere = context.targets.filter(({ name }) => name === reference.name)
  if (elsewhere.length > 0) {
    const calls = elsewhere.map(({ schema, name }) => `ref("${schema ?? ''}", "${name}")`)
    return `there is ${calls.join(', ')}`
  }
  const near = nearestNames(
    display(reference),
    context.targets.map((target) =>
      reference.schema === undefined ? target.name : display(target),
    ),
  )
  return near.length > 0
    ? `did you mean ${near.map((name) => `"${name}"`).join(', ')}?`
    : 'a table that is made elsewhere needs a declaration: declare({ schema, name })'
}

function unknownReferences(
  errors: readonly HostError[],
  context: ReferenceContext,
): readonly Problem[] {
  const found = new Map<string, Problem>()
  for (const error of errors) {
    const text = (MISSING.exec(error.message) ?? UNRESOLVED.exec(error.message))?.[1]
    if (text === undefined) continue
    const reference = asReference(text)
    if (isBroken(context, reference)) continue
    const key = JSON.stringify([error.fileName, display(reference)])
    // Core speaks of most references twice, and only once with a place.
    const earlier = found.get(key)
    const at = spotOf(error, reference.name, context, earlier?.at)
    const action = error.action ?? earlier?.action
    found.set(key, {
      kind: 'unknown-reference',
      message: `there is no action "${display(reference)}"`,
      at,
      hint: hintFor(context, reference),
      ...(action === undefined ? {} : { action }),
    })
  }
  return [...found.values()]
}

function ambiguousReferences(
  errors: readonly HostError[],
  context: ReferenceContext,
): readonly Problem[] {
  const found = new Map<string, Problem>()
  for (const error of errors) {
    const match = AMBIGUOUS.exec(error.message)
    if (match === null) continue
    const reference = asReference(match[1] ?? '')
    const candidates = [...new Set((match[2] ?? '').split(', '))]
    // One name given to two actions is reported as just that.
    if (candidates.length < 2) continue
    const key = JSON.stringify([error.fileName, display(reference)])
    const at = spotOf(error, reference.name, context, found.get(key)?.at)
    const calls = candidates.map((each) => `ref("${each.split('.').join('", "')}")`)
    found.set(key, {
      kind: 'ambiguous-reference',
      message: `"${display(reference)}" may be any of ${candidates.join(', ')}`,
      at,
      hint: `say which: ${calls.join(' or ')}`,
    })
  }
  return [...found.values()]
}

function duplicates(errors: readonly HostError[], context: ReferenceContext): readonly Problem[] {
  const files = new Map<string, Set<string>>()
  for (const error of errors) {
    const match = DUPLICATE.exec(error.message)
    if (match === null) continue
    const key = display(asReference(match[1] ?? ''))
    files.set(key, (files.get(key) ?? new Set()).add(error.fileName))
  }
  return [...files].map(([key, names]) => {
    const [first = '', ...others] = [...names].sort()
    const name = key.split('.').at(-1) ?? key
    const where = others.length === 0 ? 'twice in this file' : `here and in ${others.join(', ')}`
    return {
      kind: 'duplicate-action',
      message: `"${key}" is defined ${where}`,
      action: key,
      at: findInSource(context.projectDir, first, [quotedName(name), CONFIG_BLOCK]),
      hint: 'names must be unique within a schema; give one of them another name or schema',
    }
  })
}

/** True for the errors that this file translates. */
export function isAboutReferences(error: HostError): boolean {
  return [MISSING, UNRESOLVED, AMBIGUOUS, DUPLICATE].some((pattern) => pattern.test(error.message))
}

/** Core's errors about references as problems; each reference once. */
export function referenceProblems(
  errors: readonly HostError[],
  context: ReferenceContext,
): readonly Problem[] {
  return [
    ...unknownReferences(errors, context),
    ...ambiguousReferences(errors, context),
    ...duplicates(errors, context),
  ]
}
