/**
 * The parts of the engine that the benchmarks call directly. Built with the command into `dist/bench/engine.js`.
 */
export { prepareBinaries } from '../src/postgres/embedded/binaries.js'
export { runAs, serverEnvironment } from '../src/postgres/embedded/postmaster.js'
export { isRoot, serverUserCandidates } from '../src/postgres/embedded/server-user.js'
export { measureMachine, serverConfiguration } from '../src/postgres/embedded/tuning.js'
export { chooseConnection } from '../src/project/connection.js'
export { openDatabase } from '../src/postgres/pool.js'
export { loadSource } from '../src/seed/load-source.js'
export { LocalFolder } from '../src/seed/storage/local.js'
