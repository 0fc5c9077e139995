#!/usr/bin/env node
/**
 * The program's start. The compile host is started first, so that it reads the project while the command
 * line's own modules are loaded.
 */
import { startEarly } from '../compile/early.js'

const args = process.argv.slice(2)
// Whoever reads the output may stop reading (`| head`); the command itself goes on to its end.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})
startEarly(args)
const { main } = await import('./dataform.js')
process.exitCode = await main(args)
