#!/usr/bin/env node
/**
 * The command line: registers the commands and owns the one catch.
 */
import { main } from './dataform.js'

process.exitCode = await main(process.argv.slice(2))
