/**
 * What the parent tells the compile host, and what the host answers. What is to be compiled is the host's
 * argument, as JSON: with it the host can begin before the command line is read to its end. How it is to be
 * compiled comes as JSON on its standard input. The response is written to its fourth file descriptor; the
 * first line is a `ResponseHead`, what follows is core's graph as JSON, which often only needs to be passed
 * on.
 */

/** Replacements for settings of the project file, as the command line gives them. */
export interface ProjectOverrides {
  readonly defaultDatabase?: string
  readonly defaultSchema?: string
  readonly defaultLocation?: string
  readonly assertionSchema?: string
  readonly vars?: Readonly<Record<string, string>>
  readonly databaseSuffix?: string
  readonly schemaSuffix?: string
  readonly tablePrefix?: string
  readonly disableAssertions?: boolean
  readonly defaultReservation?: string
}

/** What is to be compiled. */
export interface HostTarget {
  /** The project's root: absolute, symbolic links resolved. */
  readonly projectDir: string
  /** The folder of the `@dataform/core` to use: absolute. */
  readonly coreDir: string
  readonly settingsFile: 'dataform.json' | 'workflow_settings.yaml'
}

/** How it is to be compiled. */
export interface HostRequest {
  readonly overrides: ProjectOverrides
  /** Spaces by which the JSON of the graph is indented; 0 for none. */
  readonly indent: number
}

/** An error of core or of the project's code, with what is known of its place. */
export interface HostError {
  /** Path from the project's root; empty if unknown. */
  readonly fileName: string
  readonly message: string
  /** The innermost place in the project's files that the stack trace names; it may be another file. */
  readonly place?: { readonly file: string; readonly line: number; readonly column: number }
  /** True if the file could not even be parsed. */
  readonly syntax: boolean
  /** As core writes it: `schema.name`, or `database.schema.name`. */
  readonly action?: string
}

/** The file descriptor on which the host writes its response. */
export const RESPONSE_FD = 3

/** The first line of the response. */
export interface ResponseHead {
  readonly errors: readonly HostError[]
  /** False if core gave up; then nothing follows. */
  readonly hasGraph: boolean
}

/** What came out of a compilation. */
export interface HostResponse {
  readonly errors: readonly HostError[]
  /** Core's graph as JSON, exactly as the stock command prints it; undefined if core gave up. */
  readonly graphText: string | undefined
}
