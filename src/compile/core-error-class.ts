/**
 * The `Error` that core gets. For every action core takes the whole stack, only to look for a file of the
 * project in it; here files have no absolute names in stacks, as in the stock command, so that it never finds
 * one. Giving it an empty stack saves a tenth of the compilation. All other errors are as they always are.
 */

/** A stand-in for `Error`: what it makes are ordinary errors. */
export function errorForCore(): ErrorConstructor {
  let wantsCallSites = false
  function CoreError(...args: [message?: string, options?: ErrorOptions]): object {
    if (wantsCallSites) return { stack: [] }
    const target: unknown = new.target
    return Reflect.construct(
      Error,
      args,
      typeof target === 'function' && target !== CoreError ? target : Error,
    ) as Error
  }
  // What core makes is an `Error` to everybody, and what anybody makes is one to core.
  Object.defineProperty(CoreError, 'prototype', { value: Error.prototype })
  Object.setPrototypeOf(CoreError, Error)
  Object.defineProperty(CoreError, 'stackTraceLimit', {
    get: () => Error.stackTraceLimit,
    // Core lifts the limit for this one purpose, and puts it back at once.
    set: (limit: unknown) => {
      wantsCallSites = limit === Number.POSITIVE_INFINITY
    },
  })
  Object.defineProperty(CoreError, 'prepareStackTrace', { value: undefined, writable: true })
  return CoreError as unknown as ErrorConstructor
}
