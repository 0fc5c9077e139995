import type { Argv, CommandModule } from 'yargs'
import { CommandError } from '../../failure/types.js'
import { commands } from '../../generate/registry.js'
import type { DomainGenerator, GenerateProgress } from '../../generate/types.js'

/** Milliseconds between two lines of progress. */
const progressInterval = 2000

/** `dataform generate <domain>`: writes raw files of a domain, made up but lifelike, with their faults. */
export const generateCommand: CommandModule = {
  command: 'generate',
  describe: 'Generate raw files of a domain, the same ones for the same arguments',
  builder: (yargs) => {
    for (const generator of commands) yargs.command(domainCommand(generator))
    return yargs.command(missingDomain)
  },
  handler: () => undefined,
}

/** What is called when the word after `generate` is missing or no domain: says which ones there are. */
const missingDomain: CommandModule<object, { readonly name?: string }> = {
  command: '$0 [name]',
  describe: false,
  handler: ({ name }) => {
    const known = commands.map((generator) => generator.domain).join(', ')
    const fault = name === undefined ? 'no domain given' : `no generator for "${name}"`
    throw new CommandError(`${fault}; there is: ${known}`, {
      exitCode: 2,
      hint: 'For example: dataform generate media --users 500 --days 60 --out data',
    })
  },
}

function domainCommand(generator: DomainGenerator): CommandModule {
  return {
    command: generator.domain,
    describe: `Generate ${generator.describe}`,
    builder: (yargs) => addFlags(yargs, generator),
    handler: async (values) => {
      const run = generator.prepare(values)
      const started = Date.now()
      const { rows, files, dirt, manifestPath } = await run(progressPrinter())
      const seconds = ((Date.now() - started) / 1000).toFixed(1)
      console.error(`generated in ${seconds} s`)
      console.log(`${rows} rows in ${files} files, ${dirt} pieces of dirt: see ${manifestPath}`)
    },
  }
}

/**
 * Declares a generator's flags. Numbers get no type here: the parser would turn a word into NaN, and
 * the message couldn't show what was typed.
 */
function addFlags(yargs: Argv, { flags }: DomainGenerator): Argv {
  for (const [name, flag] of Object.entries(flags)) {
    const choices = flag.choices === undefined ? '' : `: ${flag.choices.join(', ')}`
    yargs.option(name, {
      ...(flag.type === 'string' ? { type: flag.type } : {}),
      ...(flag.alias === undefined ? {} : { alias: flag.alias }),
      ...(flag.default === undefined ? {} : { defaultDescription: String(flag.default) }),
      describe: `${flag.describe}${choices}`,
    })
  }
  return yargs
}

/** Prints how far a generation is, on stderr, now and then. */
function progressPrinter(): (progress: GenerateProgress) => void {
  let last = Date.now()
  return ({ rows, day, fraction }) => {
    const now = Date.now()
    if (now - last < progressInterval) return
    last = now
    console.error(`${day}: ${rows} rows, ${Math.floor(fraction * 100)} % of the days`)
  }
}
