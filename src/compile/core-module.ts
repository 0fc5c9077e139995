/**
 * The part of `@dataform/core` that the host uses. Core is pinned to an exact version; this file is the
 * whole of the seam, and the conformance tests hold it.
 */
import type { CompilationSql } from './dialect.js'

/** An action while core builds it. */
export interface CoreAction {
  getFileName(): string
  getTarget(): { readonly schema?: string; readonly name?: string }
  compile(): unknown
}

/** An error that core collected. */
export interface CoreError {
  readonly fileName?: string
  readonly actionName?: string
  readonly message?: string
  readonly stack?: string
}

/** A target as core has it while it compiles. */
export interface CoreTarget {
  readonly database?: string | null
  readonly schema?: string | null
  readonly name?: string | null
}

/** The graph while core builds it: lists of actions by kind. */
export type CoreGraphMessage = Readonly<Record<string, unknown>>

/** The compiled graph, an instance of a class that protobufjs generated. */
export interface CoreMessage {
  readonly constructor: { decode(bytes: Uint8Array): { toJSON(): unknown } }
}

/** Core's session: the one object that collects the project's actions. */
export interface CoreSession {
  projectConfig: { readonly warehouse?: string; readonly defaultSchema?: string }
  actions: CoreAction[]
  tests: CoreAction[]
  graphErrors: { compilationErrors?: CoreError[] }
  compilationSql(): CompilationSql
  compile(): CoreMessage
  removeNonUniqueActionsFromCompiledGraph?(graph: CoreGraphMessage): void
  checkCircularity?(actions: readonly unknown[]): void
}

/** What the package exports. */
export interface CoreModule {
  readonly version: string
  readonly session: CoreSession
  /** Turns the text of a file of the project into JavaScript. */
  compiler(source: string, path: string): string
  /** Compiles the project; takes and gives protobuf messages. */
  main(request: Uint8Array): Uint8Array
}
