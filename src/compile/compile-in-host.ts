/**
 * Runs `@dataform/core` over a project, in the host's process.
 */
import { join } from 'node:path'
import type { CoreAction, CoreError, CoreMessage, CoreModule, CoreSession } from './core-module.js'
import { compiledGraphBytes, encodeCoreRequest, type Extension } from './core-request.js'
import { postgresDialect } from './dialect.js'
import { listProjectFiles, readTexts, topLevelFolders } from './project-files.js'
import { ProjectModules } from './project-modules.js'
import type { HostError, HostRequest } from './protocol.js'

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

function hostError(
  modules: ProjectModules,
  error: { readonly message: string; readonly stack?: string | undefined },
  fileName: string,
  action?: string,
): HostError {
  const stack = error.stack ?? ''
  const place = modules.placeOf(stack)
  return {
    fileName,
    message: error.message,
    syntax: /^SyntaxError: /m.test(stack),
    ...(place === undefined ? {} : { place }),
    ...(action === undefined || action === '' ? {} : { action }),
  }
}

function fromThrown(modules: ProjectModules, error: unknown, fileName: string): HostError {
  return hostError(modules, error instanceof Error ? error : { message: String(error) }, fileName)
}

function collectedErrors(modules: ProjectModules, session: CoreSession): readonly HostError[] {
  return (session.graphErrors.compilationErrors ?? []).map((error: CoreError) =>
    hostError(
      modules,
      { message: error.message ?? '', stack: error.stack },
      error.fileName ?? '',
      error.actionName,
    ),
  )
}

function readExtension(settings: unknown): Extension | undefined {
  const { asJson } = (settings ?? {}) as { asJson?: { extension?: Record<string, unknown> } }
  const extension = asJson?.extension
  if (typeof extension?.['name'] !== 'string') return undefined
  const mode = extension['compilationMode']
  const compilationMode = typeof mode === 'number' ? mode : COMPILATION_MODES.indexOf(String(mode))
  return { name: extension['name'], compilationMode: Math.max(compilationMode, 0) }
}

/** Core gave up; what can be said of the files that it has not come to is whether they can be parsed. */
function parseOnly(modules: ProjectModules, files: readonly string[]): readonly HostError[] {
  return files.flatMap((file) => {
    if (!/^definitions\/.*\.(sqlx|js)$/.test(file)) return []
    try {
      modules.parse(file)
      return []
    } catch (error) {
      return [fromThrown(modules, error, file)]
    }
  })
}

function withoutRepetition(errors: readonly HostError[]): readonly HostError[] {
  const seen = new Set<string>()
  return errors.filter((error) => {
    const key = JSON.stringify([error.fileName, error.message, error.action])
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

/** Core's graph as plain objects, undefined if core gave up, and every error. */
export interface HostResult {
  readonly graph: unknown
  readonly errors: readonly HostError[]
}

/** Compiles a project. */
export async function compileInHost(request: HostRequest): Promise<HostResult> {
  const { projectDir, overrides } = request
  let files = listProjectFiles(projectDir, ['definitions', 'includes'])
  const reading = readTexts(files.map((file) => join(projectDir, file)))
  const texts = new Map<string, string>()
  const modules = new ProjectModules(projectDir, texts)
  const core = modules.loadCore(request.coreDir) as CoreModule
  modules.compiler = (source, path) => core.compiler(source, path)
  for (const [path, text] of await reading) texts.set(path, text)

  const { session } = core
  const compiled: CoreMessage[] = []
  try {
    const globals = globalThis as Record<string, unknown>
    Object.defineProperty(globalThis, '__dataform_current_file', {
      configurable: true,
      get: () => modules.currentFile,
    })
    const settings = modules.require(request.settingsFile)
    globals[request.settingsFile === 'dataform.json' ? 'dataformJson' : 'workflowSettingsYaml'] =
      settings
    const extension = request.settingsFile === 'dataform.json' ? undefined : readExtension(settings)
    if (extension !== undefined) files = listProjectFiles(projectDir, topLevelFolders(projectDir))

    installDialect(session)
    const compile = session.compile.bind(session)
    session.compile = () => {
      attributeErrors(session, modules, projectDir)
      const graph = compile()
      compiled.push(graph)
      return graph
    }
    // The stock command starts core from a file of this name in the project's root.
    const bytes = modules.runAs(join(projectDir, 'index.js'), () =>
      core.main(encodeCoreRequest(projectDir, files, overrides, extension)),
    )
    const [message] = compiled
    if (message === undefined) throw new Error('@dataform/core compiled nothing')
    const graph = message.constructor.decode(compiledGraphBytes(bytes))
    return { graph: graph.toJSON(), errors: withoutRepetition(collectedErrors(modules, session)) }
  } catch (error) {
    return {
      graph: undefined,
      errors: withoutRepetition([
        fromThrown(modules, error, ''),
        ...collectedErrors(modules, session),
        ...parseOnly(modules, files),
      ]),
    }
  }
}
