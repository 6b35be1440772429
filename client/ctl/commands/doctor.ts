/** `gitisoctl doctor`: what is damaged, left over or about to fail, asked of the daemon or, without one, looked up. */
import type { Finding } from '../../../shared/methods/daemon-doctor';
import type { ResultOf } from '../../../shared/contract';
import type { Methods } from '../../../shared/methods';
import { defineCommand } from '../command';
import { askStoppedDaemon } from '../doctor-offline';
import { escapeLine } from '../escape-text';
import { ConnectError } from '../explain-error';
import { omitUndefined } from '../omit-undefined';
import { flag, optional } from '../option';
import { formatCount } from '../quantities';
import type { Style } from '../style';

type Report = ResultOf<Methods['daemon.doctor']>;

/** Something was found that --fix did not mend: only warnings, or an error among it. */
const warningsExit = 1;
const errorsExit = 2;

export const command = defineCommand({
  words: ['doctor'],
  summary: 'find what is damaged, left over or about to fail, and say what to do',
  details:
    'It asks the daemon; while none runs, it looks at the state directory itself and must be run as the user of\n' +
    'the daemon. --fix mends what loses nothing, and says what it did. Exits with 0 when there is nothing left to\n' +
    'do, 1 when there are warnings, 2 when there are errors. The findings are explained in recovery.md.',
  positionals: {},
  options: {
    fix: flag('mend what is safe'),
    deep: flag('also check every object of every repository (git fsck)'),
    config: optional('FILE', "the daemon's configuration file, for when it does not run", 'file'),
  },
  prints: 'answer',
  run: async ({ fix, deep, config }, { daemon, output, terminal }) => {
    const params = omitUndefined({ fix: fix || undefined, deep: deep || undefined });
    let report: Report;
    try {
      report = await daemon.call('daemon.doctor', params, { onProgress: output.progress.show });
    } catch (error) {
      if (!(error instanceof ConnectError) || !isStopped(error.code)) throw error;
      report = await askStoppedDaemon({ fix, deep, config }, terminal);
    }
    output.answer(report, describeReport);
    const left = report.findings.filter(({ fixed }) => fixed === null);
    if (left.some(({ severity }) => severity === 'error')) return errorsExit;
    return left.length > 0 ? warningsExit : 0;
  },
});

/** Nobody listens: not a refusal, which a running daemon's socket gives. */
function isStopped(code: string | undefined): boolean {
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ECONNREFUSED';
}

function describeReport({ findings, checks, serving }: Report, style: Style): string {
  const looked = `looked at ${checks.join(', ')}${serving ? '' : ' (no daemon runs)'}`;
  const fixable = findings.filter((one) => one.fixable && one.fixed === null).length;
  const summary = [
    findings.length === 0 ? 'nothing found' : formatCount(findings.length, 'finding'),
    ...(fixable === 0 ? [] : [`gitisoctl doctor --fix mends ${String(fixable)} of them`]),
  ].join('; ');
  return `${findings.map((one) => describeFinding(one, style)).join('')}${escapeLine(looked)}\n${summary}\n`;
}

function describeFinding(finding: Finding, style: Style): string {
  const { id, severity, where, what, advice, fixed } = finding;
  const mark =
    fixed === null
      ? style.paint(severity === 'error' ? 'red' : 'yellow', severity)
      : style.paint('green', 'mended');
  const next = fixed === null ? advice : fixed;
  return `${mark} ${escapeLine(id)}: ${escapeLine(where)}\n    ${escapeLine(what)}\n    ${escapeLine(next)}\n\n`;
}
