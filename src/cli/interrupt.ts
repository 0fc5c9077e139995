/**
 * Ctrl-C and SIGTERM as an `AbortSignal`, for as long as a command runs.
 */

/**
 * Calls `work` with a signal that is aborted by the first interrupt. Further ones are ignored while the
 * rollback goes on: it is short, and cutting it off would help nobody.
 * @param onInterrupt told once, to say what is happening
 */
export async function withInterrupt<T>(
  work: (signal: AbortSignal) => Promise<T>,
  onInterrupt: () => void,
  timeoutMs: number | null = null,
): Promise<T> {
  const controller = new AbortController()
  const interrupt = (): void => {
    if (controller.signal.aborted) return
    onInterrupt()
    controller.abort()
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  const timer = timeoutMs === null ? undefined : setTimeout(interrupt, timeoutMs)
  try {
    return await work(controller.signal)
  } finally {
    clearTimeout(timer)
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
  }
}
