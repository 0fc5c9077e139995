/**
 * Runs `@dataform/core` over a project, in the host's process.
 */
import { join } from 'node:path'
import type { CoreAction, CoreMessage, CoreModule, CoreSession } from './core-module.js'
import { compiledGraphBytes, encodeCoreRequest, type Extension } from './core-request.js'
import { postgresDialect } from './dialect.js'
import { START_FILE, collectedErrors, withoutRepetition } from './host-errors.js'
import { skipNeedlessChecks } from './needless-checks.js'
import { listProjectFiles, readTexts, topLevelFolders } from './project-files.js'
import { ProjectModules } from './project-modules.js'
import { errorsAfterGivingUp } from './recover.js'
import type { HostError, HostRequest, HostTarget } from './protocol.js'

const COMPILATION_MODES = ['COMPILATION_MODE_UNSPECIFIED', 'PROLOGUE', 'APPLICATION_CODE']

/** Names and literals are PostgreSQL's where the project says so; core's own (BigQuery's) everywhere else. */
function installDialect(session: CoreSession): void {
  const stock = session.compilationSql.bind(session)
  session.compilationSql = () => {
    const { warehouse, defaultSchema } = session.projectConfig
    return warehouse === 'postgres' ? postgresDialect(defaultSchema ?? '') : stock()
  }
}

/**
 * While core evaluates an action's query, errors belong to that action's file; without this core can't tell,
 * and gives up at the first unknown reference of an action.
 */
function attributeErrors(session: CoreSession, modules: ProjectModules, projectDir: string): void {
  const wrap = (action: CoreAction): void => {
    const compile = action.compile.bind(action)
    // A declaration of an actions.yaml has no file.
    const file = (action.getFileName() as string | undefined) ?? ''
    action.compile = () => modules.runAs(join(projectDir, file), compile)
  }
  session.actions.forEach(wrap)
  session.tests.forEach(wrap)
}

function readExtension(settings: unknown): Extension | undefined {
  const { asJson } = (settings ?? {}) as { asJson?: { extension?: Record<string, unknown> } }
  const extension = asJson?.extension
  if (typeof extension?.['name'] !== 'string') return undefined
  const mode = extension['compilationMode']
  const compilationMode = typeof mode === 'number' ? mode : COMPILATION_MODES.indexOf(String(mode))
  return { name: extension['name'], compilationMode: Math.max(compilationMode, 0) }
}

/**
 * Sets what core looks for in the global object: the project file's content, and the file being run.
 * @returns the project file's module
 */
function provideGlobals(modules: ProjectModules, target: HostTarget): unknown {
  Object.defineProperty(globalThis, '__dataform_current_file', {
    configurable: true,
    get: () => modules.currentFile,
  })
  const settings = modules.require(target.settingsFile)
  const name = target.settingsFile === 'dataform.json' ? 'dataformJson' : 'workflowSettingsYaml'
  ;(globalThis as Record<string, unknown>)[name] = settings
  return settings
}

/** Core's graph as plain objects, undefined if core gave up, and every error. */
export interface HostResult {
  readonly graph: unknown
  readonly errors: readonly HostError[]
}

/** A project that is read and parsed, and only waits to be told how to be compiled. */
export interface PreparedProject {
  compile(request: HostRequest): HostResult
}

/** Parses what will be required in any case; what can't be parsed is complained of when it is required. */
function parseDefinitions(modules: ProjectModules, files: readonly string[]): void {
  for (const file of files) {
    if (!/^definitions\/.*\.(sqlx|js)$/.test(file)) continue
    try {
      modules.parse(file)
    } catch {
      // Core collects it, together with the other files' errors.
    }
  }
}

/** Reads and parses a project: all that can be done before the flags are known. */
export function prepareProject(target: HostTarget): PreparedProject {
  const { projectDir } = target
  const files = listProjectFiles(projectDir, ['definitions', 'includes'])
  const texts = readTexts(files.map((file) => join(projectDir, file)))
  const modules = new ProjectModules(projectDir, texts)
  const core = modules.loadCore(target.coreDir) as CoreModule
  modules.compiler = (source, path) => core.compiler(source, path)
  parseDefinitions(modules, files)
  return { compile: (request) => compilePrepared(target, modules, core, files, request) }
}

function compilePrepared(
  target: HostTarget,
  modules: ProjectModules,
  core: CoreModule,
  definitionsAndIncludes: readonly string[],
  { overrides }: HostRequest,
): HostResult {
  const { projectDir } = target
  const { session } = core
  let files = definitionsAndIncludes
  const compiled: CoreMessage[] = []
  let extension: Extension | undefined
  // The stock command starts core from a file of this name in the project's root.
  const run = (some: readonly string[]): Uint8Array =>
    modules.runAs(join(projectDir, START_FILE), () =>
      core.main(encodeCoreRequest(projectDir, some, overrides, extension)),
    )
  try {
    const settings = provideGlobals(modules, target)
    extension = readExtension(settings)
    if (extension !== undefined) files = listProjectFiles(projectDir, topLevelFolders(projectDir))
    installDialect(session)
    skipNeedlessChecks(session)
    const compile = session.compile.bind(session)
    session.compile = () => {
      attributeErrors(session, modules, projectDir)
      const graph = compile()
      compiled.push(graph)
      return graph
    }
    const bytes = run(files)
    const [message] = compiled
    if (message === undefined) throw new Error('@dataform/core compiled nothing')
    const graph = message.constructor.decode(compiledGraphBytes(bytes))
    return { graph: graph.toJSON(), errors: withoutRepetition(collectedErrors(modules, session)) }
  } catch (error) {
    const errors = errorsAfterGivingUp(modules, session, files, run, error)
    return { graph: undefined, errors: withoutRepetition(errors) }
  }
}
