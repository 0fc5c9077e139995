/**
 * `dataform db`: the embedded server of a project.
 */
import { resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import type { Argv, CommandModule } from 'yargs'
import { CommandError } from '../../failure/types.js'
import { acquireDatabase } from '../../postgres/acquire.js'
import { deleteCluster, inspectServer, stopServer } from '../../postgres/embedded/manage.js'
import { findPlace, type Place } from '../../postgres/embedded/place.js'
import { useServer } from '../../postgres/embedded/server.js'
import {
  connectionUrl,
  describeConnection,
  type ConnectionSettings,
} from '../../postgres/settings.js'
import { chooseConnection } from '../../project/connection.js'

interface DbFlags {
  readonly projectDir: string
  readonly credentials: string | undefined
}

interface ForceFlags extends DbFlags {
  /** Of `stop` and `reset` only. */
  readonly force: boolean
}

const force = (describe: string) => ({ type: 'boolean' as const, default: false, describe })

/** `dataform db start|stop|status|url|reset`. */
export const dbCommand: CommandModule = {
  command: 'db <action>',
  describe: 'Start, stop and look at the embedded database.',
  builder: (yargs) =>
    yargs
      .option('project-dir', { type: 'string', default: '.', describe: "The project's folder." })
      .option('credentials', {
        type: 'string',
        describe: 'File with the connection, instead of .df-credentials.json.',
      })
      .command(command('start', 'Start it and keep it running until `dataform db stop`.', start))
      .command(
        command(
          'stop',
          'Stop it, or let it stop when the commands that use it end.',
          stop,
          (inner) =>
            inner.option(
              'force',
              force('Stop it now: what other commands are doing is rolled back.'),
            ),
        ),
      )
      .command(
        command('status', 'Say whether it runs, where, how big it is and who uses it.', status),
      )
      .command(command('url', 'Print the URL for psql and other programs.', url))
      .command(
        command('reset', 'Stop it and delete all its data.', reset, (inner) =>
          inner.option('force', force('Do not ask.')),
        ),
      )
      .demandCommand(1, 'Say what to do: start, stop, status, url or reset.'),
  handler: () => undefined,
}

function command(
  name: string,
  describe: string,
  handler: (flags: ForceFlags) => Promise<void>,
  builder: (yargs: Argv) => Argv = (yargs) => yargs,
): CommandModule {
  return {
    command: name,
    describe,
    builder,
    handler: (flags) => handler(flags as unknown as ForceFlags),
  }
}

/** The settings of another server, if one is chosen; undefined for the embedded one. */
async function otherServer(flags: DbFlags): Promise<ConnectionSettings | undefined> {
  const choice = await chooseConnection({
    projectDir: resolve(flags.projectDir),
    ...(flags.credentials !== undefined && { credentialsFile: flags.credentials }),
    env: process.env,
  })
  return choice.kind === 'server' ? choice.settings : undefined
}

/** @throws CommandError if the project uses another server, which is not ours to start and stop */
async function embeddedPlace(flags: DbFlags): Promise<Place> {
  const other = await otherServer(flags)
  if (other === undefined) return findPlace(resolve(flags.projectDir))
  throw new CommandError(
    `The project uses ${describeConnection(other)}, not the embedded database.`,
    {
      exitCode: 2,
      hint: `Without the ${other.origin} it would use the embedded one.`,
    },
  )
}

async function start(flags: DbFlags): Promise<void> {
  const server = await useServer(await embeddedPlace(flags), {
    what: 'dataform db start',
    onProgress: (message) => process.stderr.write(`${message}\n`),
  })
  await server.keep()
  await server.release()
  print(`The embedded database is running (process ${server.status.pid}).`)
  print('Stop it with `dataform db stop`; its URL: `dataform db url`.')
}

async function stop(flags: ForceFlags): Promise<void> {
  const outcome = await stopServer(await embeddedPlace(flags), { force: flags.force })
  switch (outcome.kind) {
    case 'not-running':
      print('The embedded database is not running.')
      return
    case 'stopped':
      print('The embedded database has stopped.')
      return
    case 'in-use':
      print('The embedded database stops when these commands end (now: --force):')
      for (const use of outcome.status.users) print(`  ${use.what} (process ${use.pid})`)
  }
}

async function status(flags: DbFlags): Promise<void> {
  const other = await otherServer(flags)
  if (other !== undefined) {
    await showOther(flags, other)
    return
  }
  const { running, dataDir, bytes } = await inspectServer(
    await findPlace(resolve(flags.projectDir)),
  )
  if (running === undefined) {
    print(bytes === undefined ? 'not created yet' : 'not running')
  } else {
    print(
      `running since ${running.startedAt}${running.kept ? ', kept until `dataform db stop`' : ''}`,
    )
    print(`process  ${running.pid}`)
    print(`address  ${running.host}:${running.port}`)
    const users = running.users.map((use) => `${use.what} (process ${use.pid})`)
    print(`users    ${users.length === 0 ? 'none' : users.join(', ')}`)
    await showVersion(flags)
  }
  print(`data     ${dataDir}`)
  if (bytes !== undefined) print(`size     ${(bytes / 1024 / 1024).toFixed(1)} MB`)
}

async function showOther(flags: DbFlags, other: ConnectionSettings): Promise<void> {
  print(`not embedded: ${describeConnection(other)}`)
  await showVersion(flags)
}

/** Only called for a server that runs, so that looking starts nothing. */
async function showVersion(flags: DbFlags): Promise<void> {
  const { database, release } = await acquireDatabase({
    projectDir: resolve(flags.projectDir),
    ...(flags.credentials !== undefined && { credentialsFile: flags.credentials }),
    env: process.env,
    maxConnections: 1,
    what: 'dataform db status',
  })
  try {
    const { rows } = await database.withSession((session) => session.query('show server_version'))
    print(`version  PostgreSQL ${String(rows[0]?.server_version)}`)
  } finally {
    await release()
  }
}

async function url(flags: DbFlags): Promise<void> {
  const other = await otherServer(flags)
  if (other !== undefined) {
    print(connectionUrl(other))
    return
  }
  const place = await findPlace(resolve(flags.projectDir))
  const { running } = await inspectServer(place)
  if (running === undefined) {
    throw new CommandError('The embedded database is not running, so it has no URL.', {
      hint: 'Start it with `dataform db start`.',
    })
  }
  const server = await useServer(place, { what: 'dataform db url' })
  print(connectionUrl(server.settings))
  await server.release()
}

async function reset(flags: ForceFlags): Promise<void> {
  const place = await embeddedPlace(flags)
  const { bytes } = await inspectServer(place)
  if (bytes === undefined) {
    print('There is no embedded database to delete.')
    return
  }
  if (!flags.force && !(await confirm(`Delete all data in ${place.dataDir}?`))) {
    throw new CommandError('Nothing was deleted.')
  }
  await deleteCluster(place)
  print('The embedded database is deleted. The next command that needs one creates it.')
}

async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new CommandError('Deleting needs a confirmation, and there is nobody to ask.', {
      exitCode: 2,
      hint: 'Say --force to delete without a question.',
    })
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim())
  } finally {
    terminal.close()
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
