export const doTvUnit = (): Promise<unknown> => Promise.resolve(null)
