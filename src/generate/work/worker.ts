/** The program of a worker: does the units that it is sent, one after the other. */
import { parentPort, workerData } from 'node:worker_threads'
import { findUnits } from './domains.js'
import type { WorkerAnswer, WorkerStart } from './units.js'

const { domain, options } = workerData as WorkerStart
const doUnit = await findUnits(domain)

parentPort?.on('message', (unit: number) => {
  void answer(unit).then((message) => parentPort?.postMessage(message))
})

async function answer(unit: number): Promise<WorkerAnswer<unknown>> {
  try {
    return { unit, result: await doUnit(options, unit) }
  } catch (failure) {
    return { unit, failure }
  }
}
