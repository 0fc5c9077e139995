/**
 * Ctrl-C and SIGTERM as an `AbortSignal`, for as long as a command runs.
 */

/**
 * Calls `work` with a signal that is aborted by the first interrupt. Further ones are ignored while the
 * rollback goes on: it is short, and cutting it off would help nobody.
 * @param onInterrupt told once, with the reason, to say what is happening
 * @param timeoutMs the work is interrupted after that many milliseconds; null for never
 */
export async function withInterrupt<T>(
  work: (signal: AbortSignal) => Promise<T>,
  onInterrupt: (reason: 'signal' | 'timeout') => void,
  timeoutMs: number | null = null,
): Promise<T> {
  const controller = new AbortController()
  const stop = (reason: 'signal' | 'timeout'): void => {
    if (controller.signal.aborted) return
    onInterrupt(reason)
    controller.abort()
  }
  const interrupt = (): void => {
    stop('signal')
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  const timer = timeoutMs === null ? undefined : setTimeout(stop, timeoutMs, 'timeout' as const)
  try {
    return await work(controller.signal)
  } finally {
    clearTimeout(timer)
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
  }
}
