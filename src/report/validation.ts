/**
 * The report of a typed dry run as people read it.
 */
import type { Problem } from '../failure/types.js'
import type { NotChecked, RelationChange, ValidationReport } from '../validate/types.js'
import { renderFinding } from './finding.js'
import type { TextStyle } from './finding.js'
import { formatCount, formatDuration, plural } from './format.js'
import { wrap, wrapList } from './wrap.js'

/**
 * The whole report, with a line feed at its end.
 * @param warnings what the compilation warns of
 */
export function renderValidation(
  report: ValidationReport,
  warnings: readonly Problem[],
  style: TextStyle,
): string {
  const { color } = style
  const blocks = [
    ...report.problems.map((finding) => renderFinding(finding, style)),
    ...[...warnings, ...report.remarks].map(
      ({ message, at, hint }) =>
        `${color.yellow('warn')} ${renderFinding({ message, ...(at === undefined ? {} : { at }), ...(hint === undefined ? {} : { hint }) }, { ...style, width: style.width - 5 })}`,
    ),
    ...changeBlocks(report, style),
    ...notCheckedBlock(report.notChecked, style),
    verdict(report, warnings.length, style),
  ]
  return `${blocks.join('\n\n')}\n`
}

function changeBlocks(report: ValidationReport, style: TextStyle): readonly string[] {
  const { color, width } = style
  const kept = report.unchanged
  const byKind = new Map<string, string[]>()
  for (const { relation, kind } of report.created)
    byKind.set(kind, [...(byKind.get(kind) ?? []), relation])
  const lines = [
    ...[...byKind].map(([kind, relations]) =>
      wrapList(`${color.bold('new')} ${plural(relations.length, kind)}:`, relations, width),
    ),
    ...(kept === 0
      ? []
      : [
          `${plural(kept, 'existing relation')} keep${kept === 1 ? 's' : ''} ${kept === 1 ? 'its' : 'their'} columns`,
        ]),
  ]
  return [
    ...report.changes.map((change) => renderChange(change, style)),
    ...(lines.length === 0 ? [] : [lines.join('\n')]),
  ]
}

function renderChange(change: RelationChange, { color }: TextStyle): string {
  const { relation, kind, was, added, removed, retyped } = change
  const names = [...added, ...removed, ...retyped].map(({ name }) => name.length)
  const pad = (name: string): string => name.padEnd(Math.min(30, Math.max(...names)))
  const title = was === kind ? `(${kind})` : `(${was}, becomes a ${kind})`
  return [
    `${color.bold(relation)} ${color.dim(title)}`,
    ...added.map(({ name, type }) => `  ${color.green(`+ ${pad(name)}  ${type}`)}`),
    ...removed.map(({ name, type }) => `  ${color.red(`- ${pad(name)}  ${type}`)}`),
    ...retyped.map(({ name, from, to }) => `  ${color.yellow(`~ ${pad(name)}  ${from} -> ${to}`)}`),
  ].join('\n')
}

function notCheckedBlock(notChecked: readonly NotChecked[], style: TextStyle): readonly string[] {
  const byReason = new Map<string, string[]>()
  for (const { about, what, reason } of notChecked) {
    const text = what === 'statement' ? `${reason}, not executed` : reason
    byReason.set(text, [...(byReason.get(text) ?? []), about])
  }
  if (byReason.size === 0) return []
  const lists = [...byReason].map(([reason, names]) =>
    wrapList(`- ${reason} (${formatCount(names.length)}):`, names, style.width),
  )
  return [[style.color.bold('Not checked'), ...lists].join('\n')]
}

/** One sentence about the whole dry run. */
function verdict(report: ValidationReport, warnings: number, { color, width }: TextStyle): string {
  const { problems, actions, tests } = report
  const remarks = report.remarks.length + warnings
  const scope = [plural(actions, 'action'), ...(tests === 0 ? [] : [plural(tests, 'unit test')])]
  const time = formatDuration(report.durationMs)
  const result = [
    problems.length === 0 ? 'No problem' : plural(problems.length, 'problem'),
    ...(remarks === 0 ? [] : [plural(remarks, 'warning')]),
  ]
  const text = `${result.join(', ')} in ${scope.join(' and ')}; ${time}, nothing was changed.`
  const paint = problems.length === 0 ? color.green : color.red
  return wrap(text, width)
    .map((line) => paint(line))
    .join('\n')
}
