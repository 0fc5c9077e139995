import type { StreamRandom } from '../stream-random.js'
import type { RowDirt } from './dirt.js'
import type { View } from './viewing.js'
import { apps, unknownApps } from './vocabulary.js'

const lowerCase = apps.map(([name]) => name.toLowerCase())

/** A row as the search engine exports it, without the end of its line. */
export function logLine({ id, contract, mac, app, seconds }: View): string {
  return `{"_index":"history","_type":"${lowerCase[app] ?? ''}","_id":"${id}","_score":0,"_source":{"Contract":"${contract}","Mac":"${mac}","TotalDuration":${seconds},"AppName":"${apps[app]?.[0] ?? ''}"}}`
}

/** A row with dirt. @returns its lines, without the end of the last one */
export function spoiledLine(kind: RowDirt, view: View, random: StreamRandom): string {
  const { id, contract, mac, app, seconds } = view
  const name = apps[app]?.[0] ?? ''
  const type = lowerCase[app] ?? ''
  const source = { Contract: contract, Mac: mac, TotalDuration: seconds, AppName: name }
  const line = (changed: Readonly<Record<string, unknown>>, beside: object = {}) => {
    const row = { _index: 'history', _type: type, _id: id, _score: 0, ...beside }
    return JSON.stringify({ ...row, _source: { ...source, ...changed } })
  }
  switch (kind) {
    case 'null_id':
      return line({}, { _id: null })
    case 'null_contract':
      return line({ Contract: null })
    case 'blank_contract':
      return line({ Contract: random.pick(['', ' ']) })
    case 'null_app':
      return line({ AppName: null })
    case 'null_duration':
      return line({ TotalDuration: null })
    case 'absent_source':
      return JSON.stringify({ _index: 'history', _type: type, _id: id, _score: 0 })
    case 'zero_duration':
      return line({ TotalDuration: 0 })
    case 'negative_duration':
      return line({ TotalDuration: random.pick([-1, -seconds, -889_575_165]) })
    case 'excessive_duration':
      return line({ TotalDuration: random.pick([86_401, 604_800]) })
    case 'non_numeric_duration':
      return line({ TotalDuration: random.pick(['4 h', '12:30']) })
    case 'lower_case_contract':
      return line({ Contract: contract.toLowerCase() })
    case 'padded_contract':
      return line({ Contract: ` ${contract} ` })
    case 'mixed_case_app':
      return line({ AppName: name.slice(0, 2) + name.slice(2).toLowerCase() })
    case 'separated_mac':
      return line({ Mac: mac.match(/../g)?.join(':').toLowerCase() })
    case 'quoted_duration':
      return line({ TotalDuration: String(seconds) })
    case 'null_mac':
      return line({ Mac: null })
    case 'unknown_app': {
      const unknown = random.pick(unknownApps)
      return line({ AppName: unknown }, { _type: unknown.toLowerCase() })
    }
    case 'other_type':
      return line({}, { _type: type === 'vod' ? 'channel' : 'vod' })
    case 'identical_row':
      return `${line({})}\n${line({})}`
    case 'malformed_line':
      return `${line({})}\n{"_index":"history","_type":`
    case 'blank_line':
      return `${line({})}\n`
  }
}
