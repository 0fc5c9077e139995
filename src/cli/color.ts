/**
 * Colours for a terminal and for nothing else: no codes in files and pipes, in CI either, unless `FORCE_COLOR` says so.
 * `NO_COLOR` turns them off.
 */
import { Ansis } from 'ansis'

/** The painter of a stream; it leaves text alone where colours have no place. */
function colorFor(stream: NodeJS.WriteStream): Ansis {
  return stream.isTTY || process.env.FORCE_COLOR !== undefined ? new Ansis() : new Ansis(0)
}

/** For what goes to standard output. */
export const outColor = colorFor(process.stdout)

/** For what goes to standard error. */
export const errColor = colorFor(process.stderr)
