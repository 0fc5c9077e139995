import { afterEach, describe, expect, it } from 'vitest'
import { compileProject } from '../../src/compile/compile-project.js'
import { hostFor, startEarly } from '../../src/compile/early.js'
import { hostTarget } from '../../src/compile/host-target.js'
import { readProjectSettings } from '../../src/project/settings.js'
import { projectFolder, type ProjectFolder } from '../support/compile-project-folder.js'

const folders: ProjectFolder[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) folder.remove()
})

function project(name: string): ProjectFolder {
  const folder = projectFolder({ [`definitions/${name}.sqlx`]: 'select 1' })
  folders.push(folder)
  return folder
}

async function names(folder: ProjectFolder): Promise<readonly string[]> {
  const result = await compileProject({ projectDir: folder.dir })
  return result.ok ? result.graph.actions.map(({ target }) => target.name) : []
}

describe('a host that was started early', () => {
  it('compiles the project that the arguments name', async () => {
    const folder = project('a')
    startEarly(['compile', folder.dir, '--quiet'])
    expect(await names(folder)).toEqual(['a'])
    // The second compilation gets a host of its own.
    expect(await names(folder)).toEqual(['a'])
  })

  it('is thrown away if the command is about another project', async () => {
    const [guessed, meant] = [project('guessed'), project('meant')]
    startEarly(['run', guessed.dir])
    expect(await names(meant)).toEqual(['meant'])
  })

  it('is none where there is no project, or nothing to compile', async () => {
    const folder = project('a')
    for (const args of [[], ['db', 'start'], ['compile', '/nowhere'], ['compile', '--help']]) {
      startEarly(args)
      expect(await names(folder)).toEqual(['a'])
    }
  })

  it('ends with an outcome when it is killed before its request', async () => {
    const folder = project('a')
    const host = await hostFor(hostTarget(await readProjectSettings(folder.dir)))
    host.discard()
    expect(await host.compile({ overrides: {}, indent: 0 }, 60_000)).toEqual({ kind: 'timeout' })
  })
})
