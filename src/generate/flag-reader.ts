import { CommandError } from '../failure/types.js'
import { parseDay } from './calendar.js'
import type { FlagValues, GeneratorFlag } from './types.js'

/**
 * Reads flags into typed values and collects everything that is wrong with them, so that the user
 * hears of all mistakes at once.
 */
export class FlagReader {
  readonly #values: FlagValues
  readonly #flags: Readonly<Record<string, GeneratorFlag>>
  readonly #mistakes: string[] = []

  constructor(values: FlagValues, flags: Readonly<Record<string, GeneratorFlag>>) {
    this.#values = values
    this.#flags = flags
  }

  /** A whole number between `low` and `high`, both included. */
  integer(name: string, low: number, high: number): number {
    const value = this.#number(name)
    if (Number.isInteger(value) && value >= low && value <= high) return value
    return this.#refuse(name, `must be a whole number from ${low} to ${high}`, low)
  }

  /** A number between `low` and `high`, both included. */
  number(name: string, low: number, high: number): number {
    const value = this.#number(name)
    if (value >= low && value <= high) return value
    return this.#refuse(name, `must be a number from ${low} to ${high}`, low)
  }

  /** One of the listed words. */
  choice<T extends string>(name: string, choices: readonly T[]): T {
    const given = this.#get(name)
    const bare = this.#flags[name]?.bare
    const value = given === '' || given === true ? bare : given
    const found = choices.find((choice) => choice === value)
    if (found !== undefined) return found
    return this.#refuse(name, `must be one of ${choices.join(', ')}`, choices[0] as T)
  }

  /** A text that isn't empty. */
  text(name: string): string {
    const value = this.#get(name)
    if (typeof value === 'string' && value.trim() !== '') return value
    return this.#refuse(name, 'is required', '')
  }

  /** A date in days since 1970-01-01, or undefined if the flag isn't given. */
  day(name: string): number | undefined {
    const value = this.#values[name]
    if (value === undefined) return undefined
    const day = typeof value === 'string' ? parseDay(value) : undefined
    return day ?? this.#refuse(name, 'must be a date like 2026-11-20', 0)
  }

  /** Adds a mistake that concerns several flags together. */
  mistake(message: string): void {
    this.#mistakes.push(message)
  }

  /** Ends the reading. @throws CommandError (exit code 2) if anything was wrong */
  finish(): void {
    if (this.#mistakes.length === 0) return
    throw new CommandError(this.#mistakes.join('\n'), {
      exitCode: 2,
      hint: 'See dataform generate --help, and docs/generator.md for what the flags mean.',
    })
  }

  #get(name: string): unknown {
    return this.#values[name] ?? this.#flags[name]?.default
  }

  #number(name: string): number {
    const value = this.#get(name)
    if (typeof value === 'number') return value
    return typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN
  }

  #refuse<T>(name: string, demand: string, standIn: T): T {
    const value = this.#get(name)
    const given = value === undefined || value === '' ? '' : `, not ${JSON.stringify(value)}`
    this.#mistakes.push(`--${name} ${demand}${given}`)
    return standIn
  }
}
