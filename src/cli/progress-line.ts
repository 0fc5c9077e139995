import sliceAnsi from 'slice-ansi'

/** One line on standard error that is written over. */
export interface ProgressLine {
  /** Shows a text in its place, cut to the terminal's width. */
  readonly show: (text: string) => void
  /** Takes it away, before anything else is written. */
  readonly clear: () => void
}

/** The line of progress: on a terminal; elsewhere nothing is shown. */
export function progressLine(): ProgressLine {
  const isShown = process.stderr.isTTY && process.env.TERM !== 'dumb'
  const show = (text: string): void => {
    if (isShown) process.stderr.write(`\r\x1b[2K${sliceAnsi(text, 0, process.stderr.columns - 1)}`)
  }
  return {
    show,
    clear: () => {
      show('')
    },
  }
}
