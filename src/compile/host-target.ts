/**
 * Which core compiles which project.
 */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { ProjectSettings } from '../project/settings.js'
import type { HostTarget } from './protocol.js'

/** The folder of the `@dataform/core` that this program comes with. */
function ownCore(): string {
  return dirname(createRequire(import.meta.url).resolve('@dataform/core'))
}

/**
 * A BigQuery project is compiled by the core that it has installed, as the stock command does it. For
 * PostgreSQL it is always the version that this program is tested with.
 */
function coreFor(settings: ProjectSettings): string {
  const installed = join(settings.projectDir, 'node_modules', '@dataform', 'core')
  return settings.warehouse !== 'postgres' && existsSync(join(installed, 'bundle.js'))
    ? installed
    : ownCore()
}

/** What the compile host needs to know of a project. */
export function hostTarget(settings: ProjectSettings): HostTarget {
  return {
    projectDir: settings.projectDir,
    coreDir: coreFor(settings),
    settingsFile: settings.file,
  }
}
