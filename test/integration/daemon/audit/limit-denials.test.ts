import { openAuditLog } from '../../../../daemon/audit/audit-log';
import { countedRule, limitDenials } from '../../../../daemon/audit/limit-denials';
import { tempDir } from '../../../helpers/temp-dir';

const entry = (agent: string, verdict: 'accepted' | 'denied') => ({
  ...{ agent, repo: 'r', method: 'm', argv: [], refs: [] },
  ...{ verdict, rule: verdict === 'denied' ? 'x' : null, journal: null },
});

async function limited() {
  const whole = await openAuditLog({ directory: tempDir(), segmentBytes: 1 << 20, now: () => new Date() });
  const audit = limitDenials(whole, {
    perPeriod: () => 5,
    periodMs: 60_000,
    onError: (error) => {
      throw error;
    },
  });
  return audit;
}

test('a flood of denials costs a few lines and one with their number; nothing accepted is left out', async () => {
  const audit = await limited();
  const work: Promise<unknown>[] = [];
  for (let index = 0; index < 1000; index += 1) {
    await audit.append(entry('bad', 'denied'));
    if (index % 100 === 0) work.push(audit.append(entry('bad', 'accepted')));
  }
  work.push(audit.append(entry('good', 'denied')));
  await Promise.all(work);
  await audit.settle();
  const all = await audit.tail(5000, () => true);
  const of = (agent: string, verdict: string) =>
    all.filter((record) => record.agent === agent && record.verdict === verdict);
  expect(of('bad', 'accepted')).toHaveLength(10);
  expect(of('good', 'denied')).toHaveLength(1);
  expect(of('bad', 'denied')).toHaveLength(6);
  expect(of('bad', 'denied').at(-1)).toMatchObject({ rule: countedRule, argv: ['995 more denials'] });
  expect(await audit.verify()).toMatchObject({ valid: true });
  await audit.close();
});

test('a few denials are written in full, without a line about more', async () => {
  const audit = await limited();
  for (let index = 0; index < 5; index += 1) await audit.append(entry('a', 'denied'));
  await audit.settle();
  expect(audit.head().seq).toBe(5);
  await audit.close();
});
