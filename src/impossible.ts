/**
 * Closes a union: a case that is not handled becomes a compilation error at this call.
 * @throws Error if it is reached all the same, with the value
 */
export function impossible(value: never): never {
  throw new Error(`unhandled case: ${JSON.stringify(value)}`)
}
