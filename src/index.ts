/**
 * The library behind the command: what a program that embeds a run needs.
 */
export { compileProject } from './compile/compile-project.js'
export type { CompileOptions, CompileResult, ProjectOverrides } from './compile/compile-project.js'
export type { ActionFailure, Problem, SourceSpot } from './failure/types.js'
export { CommandError } from './failure/types.js'
export { selectActions, SELECT_ALL } from './graph/select.js'
export type { Selection } from './graph/select.js'
export type * from './graph/types.js'
export type { ActionResult, ActionStatus, EventSink, RunEvent, RunReport } from './run/events.js'
export { planProject, runProject } from './run/run-project.js'
export type { RunProjectOptions } from './run/run-project.js'
