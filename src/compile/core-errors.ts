/**
 * Core's errors, one by one, as problems: its messages in short, with a place and something to do.
 * Errors about references need to be seen together; `references.ts` has them.
 */
import type { Problem, SourceSpot } from '../failure/types.js'
import { ACTION_TYPES, CONFIG_KEYS } from './config-keys.js'
import { CONFIG_BLOCK, configKey, findInSource, quotedName, word } from './find-in-source.js'
import { nearestNames } from '../graph/nearest.js'
import { listProjectFiles } from './project-files.js'
import type { HostError } from './protocol.js'

/** What is needed to translate an error. */
export interface ErrorContext {
  readonly projectDir: string
  readonly settingsFile: string
  /** The place of an error, if V8 knows it. */
  readonly placeOf: (error: HostError) => SourceSpot | undefined
}

interface Translation {
  readonly kind: Problem['kind']
  readonly message: string
  /** What to look for in the file, where V8 knows no place. */
  readonly wanted: readonly RegExp[]
  readonly hint?: string
}

type Translator = (match: RegExpExecArray) => Translation

function didYouMean(wrong: string, names: readonly string[]): { hint?: string } {
  const near = nearestNames(wrong, names)
  return near.length === 0 ? {} : { hint: `did you mean ${near.join(', ')}?` }
}

function configKeyProblem(key: string, valueType: string | undefined): Translation {
  const known = CONFIG_KEYS.includes(key) && valueType !== undefined
  return {
    kind: 'config',
    message: known
      ? `the config key "${key}" can't have a value of type ${valueType} here`
      : `unknown config key "${key}"`,
    wanted: [configKey(key), word(key)],
    ...(known ? {} : didYouMean(key, CONFIG_KEYS)),
  }
}

const BLOCKS: Readonly<Record<string, RegExp>> = {
  pre_operations: /\bpre_operations(?=\s*\{)/,
  post_operations: /\bpost_operations(?=\s*\{)/,
  incremental_where: /\bincremental_where(?=\s*\{)/,
  'input blocks': /\binput(?=\s*")/,
  "'protected": configKey('protected'),
  'more than one': /^\s*---\s*$/m,
}

/** Core's messages; the first pattern that fits decides. */
const TRANSLATORS: readonly (readonly [RegExp, Translator])[] = [
  [
    /Unexpected property "(.+?)", or property value type of "(.+?)" is incorrect/,
    ([, key = '', type]) => configKeyProblem(key, type),
  ],
  [/Unexpected property "(.+?)"/, ([, key = '']) => configKeyProblem(key, undefined)],
  [
    /Unexpected empty value for "(.+?)"/,
    ([, key = '']) => ({
      kind: 'config',
      message: `the config key "${key}" has no value`,
      wanted: [configKey(key)],
    }),
  ],
  [
    /^Unrecognized action type: (.*)$/,
    ([, type = '']) => ({
      kind: 'config',
      message: `there is no action type "${type}"`,
      wanted: [quotedName(type), configKey('type')],
      hint: didYouMean(type, ACTION_TYPES).hint ?? `the types are ${ACTION_TYPES.join(', ')}`,
    }),
  ],
  [
    /^Action target (names|datasets|projects) cannot include '\.'$/,
    ([, part = '']) => ({
      kind: 'config',
      message: `${part === 'names' ? 'a name' : 'a schema'} can't have a dot in it`,
      wanted: [configKey(part === 'names' ? 'name' : 'schema'), CONFIG_BLOCK],
      hint: 'give the schema with schema: "..."',
    }),
  ],
  [
    /^Semi-colons are not allowed at the end of SQL statements\.$/,
    () => ({
      kind: 'compile',
      message: "a query can't end with a semicolon",
      wanted: [/;(?=\s*$)/, /;/],
      hint: 'leave it out',
    }),
  ],
  [
    /^Actions may only .*?(more than one|'protected|incremental_where|input blocks|pre_operations|post_operations)/,
    (match) => ({
      kind: 'config',
      message: match.input.replace(/\.$/, ''),
      wanted: [BLOCKS[match[1] ?? ''] ?? CONFIG_BLOCK],
    }),
  ],
  [
    /^Dataset (\{.*\}) could not be found\.$/,
    ([, target = '{}']) => {
      const { name = '' } = JSON.parse(target) as { name?: string }
      return {
        kind: 'unknown-reference',
        message: `the tested action "${name}" is no table or view of this project`,
        wanted: [quotedName(name), configKey('dataset')],
      }
    },
  ],
  [
    /^Input for dataset "(\{.*?\})" has not been provided/,
    ([, target = '{}']) => {
      const { name = '', schema } = JSON.parse(target) as { name?: string; schema?: string }
      const label = schema === undefined ? `"${name}"` : `"${schema}", "${name}"`
      return {
        kind: 'compile',
        message: `the test gives no input ${label}, which the tested query reads`,
        wanted: [configKey('dataset'), CONFIG_BLOCK],
        hint: `add: input ${label} { select ... }`,
      }
    },
  ],
  [
    /^Running tests on incremental datasets is not yet supported\.$/,
    () => ({
      kind: 'unsupported',
      message: "an incremental table can't be the subject of a test",
      wanted: [configKey('dataset')],
      hint: 'move the logic into a view and test that',
    }),
  ],
  [
    /^(Tests must operate upon a specified dataset|Test query is empty|Expected query is empty)\.$/,
    ([, message = '']) => ({ kind: 'config', message, wanted: [CONFIG_BLOCK] }),
  ],
  [
    /^Duplicate test name detected: "(.*)"$/,
    ([, name = '']) => ({
      kind: 'duplicate-action',
      message: `two tests have the name "${name}"`,
      wanted: [quotedName(name), CONFIG_BLOCK],
    }),
  ],
  [
    /^Custom variables defined in workflow settings can only be strings\.$/,
    () => ({
      kind: 'config',
      message: 'the values of "vars" must be strings',
      wanted: [configKey('vars')],
    }),
  ],
  [
    /^(?:IncrementalStrategy|OnSchemaChange) .*|.*incrementalPredicates and updatePartitionFilter.*/,
    (match) => ({
      kind: 'config',
      message: match[0].replace(/\.$/, ''),
      wanted: [configKey('incrementalStrategy'), configKey('onSchemaChange'), CONFIG_BLOCK],
    }),
  ],
]

/** The files of which core may speak without naming one. */
function settingsLikeFiles(context: ErrorContext): readonly string[] {
  const actions = listProjectFiles(context.projectDir, ['definitions']).filter((file) =>
    file.endsWith('/actions.yaml'),
  )
  return [context.settingsFile, ...actions]
}

function locate(error: HostError, wanted: readonly RegExp[], context: ErrorContext): SourceSpot {
  const files = error.fileName === '' ? settingsLikeFiles(context) : [error.fileName]
  const spots = files.map((file) => findInSource(context.projectDir, file, wanted))
  return spots.find((spot) => spot.line !== undefined) ?? { file: files[0] ?? '' }
}

/**
 * Where the error arose, and, if that is another file than the one that was being compiled, that one's name.
 */
function thrownAt(error: HostError, spot: SourceSpot): { at: SourceSpot; suffix: string } {
  const elsewhere = error.fileName !== '' && error.fileName !== spot.file
  return { at: spot, suffix: elsewhere ? ` (while compiling ${error.fileName})` : '' }
}

/** One of core's errors as a problem. */
export function translateError(error: HostError, context: ErrorContext): Problem {
  const action = error.action === undefined ? {} : { action: error.action }
  const place = context.placeOf(error)
  if (error.syntax) {
    const at = place ?? (error.fileName === '' ? undefined : { file: error.fileName })
    const message = `syntax error: ${error.message}`
    return { kind: 'syntax', message, ...(at === undefined ? {} : { at }), ...action }
  }
  for (const [pattern, translate] of TRANSLATORS) {
    const match = pattern.exec(error.message)
    if (match === null) continue
    const { kind, message, wanted, hint } = translate(match)
    const at = locate(error, wanted, context)
    return { kind, message, at, ...(hint === undefined ? {} : { hint }), ...action }
  }
  if (place !== undefined) {
    const { at, suffix } = thrownAt(error, place)
    return { kind: 'compile', message: error.message + suffix, at, ...action }
  }
  const at = error.fileName === '' ? {} : { at: { file: error.fileName } }
  return { kind: 'compile', message: error.message, ...at, ...action }
}
