/**
 * What a domain's generator is to the rest of the program: a name, its flags, and a function that
 * turns the flags' values into something that can be run. Its own options stay typed inside it.
 */

/** One flag of a generator's command line. */
export interface GeneratorFlag {
  readonly type: 'number' | 'string'
  /** One line for `--help`. */
  readonly describe: string
  /** The value when the flag isn't given; a flag without one is optional or checked by `prepare`. */
  readonly default?: number | string
  readonly choices?: readonly string[]
  readonly alias?: string
  /** The value that the bare flag (`--gzip`) stands for. */
  readonly bare?: string
}

/** The values of the flags as the command line gave them, by name; untrusted. */
export type FlagValues = Readonly<Record<string, unknown>>

/** How far a generation has come. */
export interface GenerateProgress {
  /** Rows written so far. */
  readonly rows: number
  /** The simulated day that has been reached, `YYYY-MM-DD`; the domain before it if there are several. */
  readonly day: string
  /** Share of the simulated days that are done, 0 to 1. */
  readonly fraction: number
}

/** What a finished generation has written. */
export interface GenerateSummary {
  /** Path of the manifest, which has all the figures; of several, a pattern. */
  readonly manifestPath: string
  readonly files: number
  /** Raw rows: JSON objects in all files together. */
  readonly rows: number
  /** Pieces of dirt among them, and beside them. */
  readonly dirt: number
}

/** A generation whose options have been checked, ready to write its files. */
export type PreparedGeneration = (
  onProgress: (progress: GenerateProgress) => void,
) => Promise<GenerateSummary>

/** A domain's generator, as the registry holds it. */
export interface DomainGenerator {
  /** Name of the domain, the word after `dataform generate`. */
  readonly domain: string
  readonly describe: string
  readonly flags: Readonly<Record<string, GeneratorFlag>>
  /**
   * Checks the flags' values; nothing is written yet.
   * @throws CommandError (exit code 2) that names every wrong value
   */
  readonly prepare: (values: FlagValues) => PreparedGeneration
}
