/**
 * Work in units that depend on nothing but their number: the files of a domain, most of them a day each. They can be done
 * in any order and anywhere, which is why the same bytes come out however many of them are done at once.
 */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { builtProgram } from '../../package-root.js'
import type { GeneratorFlag } from '../types.js'
import { findUnits, type UnitDomain } from './domains.js'

/** The flag for how much is done at once. */
export const jobsFlag: GeneratorFlag = {
  type: 'number',
  default: availableParallelism(),
  describe: 'how many files are written at once; the files are the same',
}

/** What a worker is started with. */
export interface WorkerStart {
  readonly domain: UnitDomain
  readonly options: unknown
}

/** What a worker answers: what its unit came to, or why it failed. */
export type WorkerAnswer<Result> =
  | { readonly unit: number; readonly result: Result }
  | { readonly unit: number; readonly failure: unknown }

/** Units to do. */
export interface UnitWork<Result> {
  readonly domain: UnitDomain
  /** The domain's options; they have to survive being sent to a worker. */
  readonly options: object
  readonly count: number
  readonly jobs: number
  /** Called for every unit that is done, in the order in which they end. */
  readonly onDone: (result: Result) => void
}

/**
 * Does the units 0 to `count - 1`, several at once.
 * @returns what they came to, in the order of their numbers
 */
export async function doUnits<Result>(work: UnitWork<Result>): Promise<readonly Result[]> {
  const jobs = Math.min(work.jobs, work.count)
  return jobs <= 1 ? doHere(work) : doInWorkers(work, jobs)
}

async function doHere<Result>(work: UnitWork<Result>): Promise<readonly Result[]> {
  const doUnit = await findUnits(work.domain)
  const results: Result[] = []
  for (let unit = 0; unit < work.count; unit++) {
    const result = (await doUnit(work.options, unit)) as Result
    results.push(result)
    work.onDone(result)
  }
  return results
}

async function doInWorkers<Result>(
  work: UnitWork<Result>,
  jobs: number,
): Promise<readonly Result[]> {
  const results = new Array<Result>(work.count)
  const workerData: WorkerStart = { domain: work.domain, options: work.options }
  const workers = Array.from(
    { length: jobs },
    () => new Worker(builtProgram('generate/work/worker.js'), { workerData }),
  )
  let next = 0
  try {
    await Promise.all(
      workers.map(
        (worker) =>
          new Promise<void>((resolve, reject) => {
            const proceed = () => {
              if (next < work.count) worker.postMessage(next++)
              else resolve()
            }
            worker.on('message', (answer: WorkerAnswer<Result>) => {
              if ('failure' in answer) {
                reject(
                  answer.failure instanceof Error
                    ? answer.failure
                    : new Error(String(answer.failure)),
                )
                return
              }
              results[answer.unit] = answer.result
              work.onDone(answer.result)
              proceed()
            })
            worker.on('error', reject)
            worker.on('exit', (code) => {
              reject(new Error(`a worker of the generator ended with exit code ${code}`))
            })
            proceed()
          }),
      ),
    )
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
  return results
}
