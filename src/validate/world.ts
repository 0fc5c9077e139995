/**
 * What the checks of all actions share, and how one action asks for what it reads.
 */
import { targetKey } from '../graph/target.js'
import type { ActionBase } from '../graph/types.js'
import type { SeedSource } from '../seed/declaration.js'
import type { QualifiedName } from '../sql/rename-relations.js'
import type { Batch } from './batch.js'
import type { Unit } from './message.js'
import type { CheckedStatement } from './checked-statement.js'
import type { ExistingRelation, Shape } from './existing.js'
import { isFinding, judge } from './judge.js'
import type { Failure } from './error-place.js'
import type { Cause, Circumstances, Doubt, Unexecuted } from './judge.js'
import { redirect } from './scratch.js'
import type { Redirected } from './scratch.js'
import type { Finding, NotChecked } from './types.js'

/** Whether there is a scratch relation for others to read. */
export type Made =
  | {
      readonly isThere: true
      readonly shape: Shape
      /** Why it may differ from what the run would make; null if it does not. */
      readonly doubt: Doubt | null
    }
  | { readonly isThere: false; readonly cause: Cause }

/** What is checked: an action, or a unit test, which is no action but is looked after like one. */
export type Subject = Pick<ActionBase, 'target' | 'dependencies' | 'fileName' | 'columns'>

/** What checking one action or unit test gave. */
export interface Outcome {
  /** `schema.name` of the action, or the name of the unit test. */
  readonly about: string
  /** The relations that it makes, as its dependents see them after the run, by key. */
  readonly made: ReadonlyMap<string, Made>
  readonly problems: readonly Finding[]
  readonly remarks: readonly Finding[]
  readonly notChecked: readonly NotChecked[]
}

/** What all checks share. */
export interface World {
  readonly projectDir: string
  readonly fullRefresh: boolean
  readonly batch: Batch
  readonly existing: ReadonlyMap<string, ExistingRelation>
  /** By the key of their table. */
  readonly sources: ReadonlyMap<string, SeedSource>
  /** Whether there is, or will be, a scratch relation of that key. */
  readonly isKnown: (key: string) => boolean
  /** The key of the action that makes a relation, if one does. */
  readonly producer: (key: string) => string | undefined
  /** Whether any action reads a relation, or depends on it. */
  readonly isRead: (key: string) => boolean
  /** Names of existing relations that somebody may have meant. */
  readonly nearest: (key: string) => readonly string[]
  /** Waits for a relation that an action reads. */
  readonly relation: (reader: Subject, key: string) => Promise<Made>
  /** Statements of operations that come before an action and are not executed. */
  readonly unexecutedBefore: (subject: Subject) => readonly Unexecuted[]
}

/** Collects what is found about one action, and asks the world on its behalf. */
export class Desk {
  readonly problems: Finding[] = []
  readonly remarks: Finding[] = []
  readonly notChecked: NotChecked[] = []
  readonly key: string
  readonly world: World
  readonly subject: Subject

  constructor(world: World, subject: Subject, about = targetKey(subject.target)) {
    this.world = world
    this.subject = subject
    this.key = about
  }

  /** The relation that is there now, if there is one. */
  get existing(): ExistingRelation | undefined {
    return this.world.existing.get(this.key)
  }

  /** The end of the check. */
  outcome(made: ReadonlyMap<string, Made> = new Map()): Outcome {
    const { key: about, problems, remarks, notChecked } = this
    return { about, made, problems, remarks, notChecked }
  }

  /** The reason for dependents: this action has a problem. */
  get ownCause(): Cause {
    return { reason: `because of ${this.key}`, because: this.key }
  }

  redirect(text: string, instead?: ReadonlyMap<string, QualifiedName>): Redirected {
    return redirect(text, this.world.isKnown, instead)
  }

  /** Waits for what texts read. */
  async reads(
    texts: readonly Redirected[],
  ): Promise<{ readonly missing: Cause | null; readonly doubts: readonly Doubt[] }> {
    const keys = [...new Set(texts.flatMap(({ mentions }) => [...mentions]))]
    const made = await Promise.all(
      keys.filter((key) => key !== this.key).map((key) => this.world.relation(this.subject, key)),
    )
    return {
      missing: made.flatMap((each) => (each.isThere ? [] : [each.cause]))[0] ?? null,
      doubts: made.flatMap((each) => (each.isThere && each.doubt !== null ? [each.doubt] : [])),
    }
  }

  /** Notes that the action can't be checked. */
  cannotCheck(cause: Cause): void {
    this.notChecked.push({ about: this.key, what: 'action', ...cause })
  }

  /** Notes what an error means, and says whether it is a problem. */
  judge(
    failure: Failure,
    given: Omit<Circumstances, 'projectDir' | 'about' | 'fileName'>,
  ): boolean {
    const judged = judge(failure, {
      projectDir: this.world.projectDir,
      about: this.key,
      fileName: this.subject.fileName,
      ...given,
    })
    if (isFinding(judged)) this.problems.push(judged)
    else this.notChecked.push(judged)
    return isFinding(judged)
  }

  /**
   * Executes a unit. A statement that fails is given to `onFailure` and left out, with those that need it, and the
   * others are tried again, as long as it says so.
   * @returns the shapes that the unit asks for; null if `onFailure` gave up
   */
  async attempt(
    unit: Unit<CheckedStatement>,
    onFailure: (failure: Failure) => 'go on' | 'give up',
  ): Promise<ReadonlyMap<string, Shape> | null> {
    const failed = new Set<CheckedStatement>()
    for (;;) {
      const statements = unit.statements.filter(
        (each) => !failed.has(each) && (each.after === undefined || !failed.has(each.after)),
      )
      const result = await this.world.batch.run({ ...unit, statements })
      if (result.ok) return result.shapes
      const { statement, error, offset } = result
      if (statement === undefined) throw new Error(`a unit failed: ${error.message}`)
      failed.add(statement)
      if (onFailure({ statement, error, offset }) === 'give up') return null
    }
  }
}
