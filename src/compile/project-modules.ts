/**
 * `require` for the project's files, in the compile host. Resolves as the stock command does: relative
 * paths, `node_modules`, then paths from the project's root; every kind of file but JSON goes through core's
 * compiler. Built-in modules of Node are not to be had, `path` apart.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import * as path from 'node:path'
import { compileFunction } from 'node:vm'
import { errorForCore } from './core-error-class.js'
import { placeInStack, sourcePlace, type Place } from './error-place.js'
import { isFile, isFolder } from './project-files.js'

/** Turns a file's text into JavaScript. */
export type Compiler = (source: string, filePath: string) => string

interface ProjectModule {
  readonly filename: string
  exports: unknown
}

type Require = (id: string) => unknown

type ModuleFunction = (
  exports: unknown,
  require: Require,
  module: ProjectModule,
  filename: string,
  dirname: string,
) => void

type CoreFunction = (...args: [...Parameters<ModuleFunction>, error: ErrorConstructor]) => void

/** Tried in this order for a path without extension. */
const EXTENSIONS = ['.js', '.json', '.sql', '.sqlx', '.yaml', '.yml']

/** In front of every file, on its first line: stock Dataform runs files in strict mode. */
const PREFIX = '"use strict";'

const PARAMETERS = ['exports', 'require', 'module', '__filename', '__dirname']

/** A module that isn't there. */
class ModuleNotFound extends Error {
  constructor(id: string) {
    super(`Cannot find module '${id}'`)
    this.name = 'ModuleNotFound'
  }
}

/** Loads and keeps the project's modules. */
export class ProjectModules {
  private readonly modules = new Map<string, ProjectModule>()
  private readonly running: string[] = []
  private readonly folders = new Map<string, boolean>()
  private readonly files = new Map<string, boolean>()
  private readonly parsed = new Map<string, ModuleFunction>()
  private core: unknown

  /**
   * @param projectDir absolute, symbolic links resolved
   * @param texts the texts of files that have been read already, by absolute path
   */
  constructor(
    private readonly projectDir: string,
    private readonly texts: ReadonlyMap<string, string>,
  ) {}

  /** Core's compiler; must be set before a file of the project is required. */
  compiler: Compiler = (source) => source

  /** The file that is being run: absolute; null if none is. Core takes it for the caller of its functions. */
  get currentFile(): string | null {
    return this.running.at(-1) ?? null
  }

  /** Does something on behalf of a file: until it is done, that file is the current one. */
  runAs<T>(file: string, work: () => T): T {
    this.running.push(file)
    try {
      return work()
    } finally {
      this.running.pop()
    }
  }

  /** Loads `@dataform/core`; it gets the project's `require`, through which it loads the project's files. */
  loadCore(coreDir: string): unknown {
    const file = path.join(coreDir, 'bundle.js')
    const module: ProjectModule = { filename: file, exports: {} }
    const run = compileFunction(readFileSync(file, 'utf8'), [...PARAMETERS, 'Error'], {
      filename: file,
    }) as CoreFunction
    run(module.exports, this.requireFrom(coreDir), module, file, coreDir, errorForCore())
    this.core = module.exports
    return module.exports
  }

  /** Loads a file of the project, by its path from the root. */
  require(file: string): unknown {
    return this.load(path.join(this.projectDir, file))
  }

  /**
   * Parses a file without running it; when it is required it need not be parsed again.
   * @throws SyntaxError or what core's compiler throws
   */
  parse(file: string): void {
    const absolute = path.join(this.projectDir, file)
    this.parsed.set(absolute, this.toFunction(absolute))
  }

  /**
   * The innermost place in the project's files that an error's stack trace names.
   * @returns undefined if there is none
   */
  placeOf(stack: string): Place | undefined {
    const place = placeInStack(stack, PREFIX.length)
    if (place === undefined) return undefined
    try {
      const file = path.join(this.projectDir, place.file)
      const source = this.textOf(file)
      const found = sourcePlace(source, this.compiler(source, file), place.line, place.column)
      return found === undefined ? undefined : { file: place.file, ...found }
    } catch {
      return undefined
    }
  }

  private requireFrom(folder: string): Require {
    return (id) => {
      if (id === 'path' || id === 'node:path') return path
      if (id === '@dataform/core') return this.core
      return this.load(this.resolve(id, folder))
    }
  }

  private load(file: string): unknown {
    const known = this.modules.get(file)
    if (known !== undefined) return known.exports
    const module: ProjectModule = { filename: file, exports: {} }
    this.modules.set(file, module)
    try {
      if (file.endsWith('.json')) module.exports = JSON.parse(this.textOf(file)) as unknown
      else this.run(file, module)
    } catch (error) {
      this.modules.delete(file)
      throw error
    }
    return module.exports
  }

  private run(file: string, module: ProjectModule): void {
    const run = this.parsed.get(file) ?? this.toFunction(file)
    const folder = path.dirname(file)
    this.runAs(file, () => {
      run(module.exports, this.requireFrom(folder), module, file, folder)
    })
  }

  private toFunction(file: string): ModuleFunction {
    const compiled = this.compiler(this.textOf(file), file)
    // The name is relative on purpose: core then finds the caller by `currentFile`, as it does in the stock
    // command, and not by walking the stack.
    return compileFunction(PREFIX + compiled, PARAMETERS, {
      filename: path.relative(this.projectDir, file),
      columnOffset: -PREFIX.length,
    }) as ModuleFunction
  }

  private textOf(file: string): string {
    return this.texts.get(file) ?? readFileSync(file, 'utf8')
  }

  private resolve(id: string, from: string): string {
    if (path.isAbsolute(id)) return this.fileOrFolder(id) ?? notFound(id)
    if (/^\.{1,2}(\/|$)/.test(id)) return this.fileOrFolder(path.join(from, id)) ?? notFound(id)
    return (
      this.inNodeModules(id, from) ??
      this.fileOrFolder(path.join(this.projectDir, id)) ??
      notFound(id)
    )
  }

  private inNodeModules(id: string, from: string): string | undefined {
    const segments = id.split('/')
    const packageName = segments.slice(0, id.startsWith('@') ? 2 : 1).join('/')
    for (const folder of this.nodeModulesFolders(from)) {
      const packageDir = path.join(folder, packageName)
      if (!this.folderExists(packageDir)) {
        if (this.fileExists(packageDir)) return packageDir
        continue
      }
      const found = hasExports(packageDir)
        ? createRequire(path.join(folder, 'index.js')).resolve(id)
        : this.fileOrFolder(path.join(folder, id))
      if (found !== undefined) return found
    }
    return undefined
  }

  private nodeModulesFolders(from: string): readonly string[] {
    const folders: string[] = []
    let folder = from
    while (folder.startsWith(this.projectDir)) {
      if (path.basename(folder) !== 'node_modules') folders.push(path.join(folder, 'node_modules'))
      if (folder === this.projectDir) break
      folder = path.dirname(folder)
    }
    const own = path.join(this.projectDir, 'node_modules')
    return (folders.includes(own) ? folders : [...folders, own]).filter((each) =>
      this.folderExists(each),
    )
  }

  private folderExists(folder: string): boolean {
    let exists = this.folders.get(folder)
    if (exists === undefined) {
      exists = isFolder(folder)
      this.folders.set(folder, exists)
    }
    return exists
  }

  private fileExists(file: string): boolean {
    let exists = this.files.get(file)
    if (exists === undefined) {
      exists = isFile(file)
      this.files.set(file, exists)
    }
    return exists
  }

  private fileOrFolder(base: string): string | undefined {
    return this.asFile(base) ?? this.asFolder(base)
  }

  private asFile(base: string): string | undefined {
    const resolved = path.resolve(base)
    if (this.texts.has(resolved) || this.modules.has(resolved) || isFile(resolved)) return resolved
    const extension = EXTENSIONS.find((each) => isFile(resolved + each))
    return extension === undefined ? undefined : resolved + extension
  }

  private asFolder(folder: string): string | undefined {
    const main = packageJson(folder)?.main
    return (
      (typeof main === 'string' ? this.asFile(path.join(folder, main)) : undefined) ??
      (typeof main === 'string' ? this.asFile(path.join(folder, main, 'index')) : undefined) ??
      this.asFile(path.join(folder, 'index'))
    )
  }
}

function notFound(id: string): never {
  throw new ModuleNotFound(id)
}

function packageJson(folder: string): { main?: unknown; exports?: unknown } | undefined {
  const file = path.join(folder, 'package.json')
  if (!isFile(file)) return undefined
  const value = JSON.parse(readFileSync(file, 'utf8')) as unknown
  return typeof value === 'object' && value !== null ? value : undefined
}

function hasExports(packageDir: string): boolean {
  const exported = packageJson(packageDir)?.exports
  return exported !== undefined && exported !== null
}
