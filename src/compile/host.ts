/**
 * The compile host: a process of its own that runs `@dataform/core` and the project's JavaScript, and writes
 * what came out. The parent starts it with Node's permission model and an almost empty environment; nothing
 * in here may need more than reading the project's files.
 */
import { readFileSync, writeSync } from 'node:fs'
import { prepareProject } from './compile-in-host.js'
import { RESPONSE_FD, type HostRequest, type HostTarget, type ResponseHead } from './protocol.js'

function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text, 'utf8')
  let offset = 0
  while (offset < bytes.length) {
    try {
      offset += writeSync(fd, bytes, offset)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    }
  }
}

const target = JSON.parse(process.argv[2] ?? '') as HostTarget
const project = prepareProject(target)
const requestText = readFileSync(0, 'utf8')
// A host that was started early and is not needed after all gets no request.
if (requestText === '') process.exit(0)
const request = JSON.parse(requestText) as HostRequest
const { graph, errors } = project.compile(request)
const head: ResponseHead = { errors, hasGraph: graph !== undefined }
writeAll(RESPONSE_FD, `${JSON.stringify(head)}\n`)
if (graph !== undefined) writeAll(RESPONSE_FD, JSON.stringify(graph, null, request.indent))
// A script of the project may have left timers behind.
process.exit(0)
