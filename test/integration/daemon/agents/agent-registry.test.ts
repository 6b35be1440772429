import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAgentRegistry, publicAgent } from '../../../../daemon/agents/agent-registry';
import { loadAgentRecords } from '../../../../daemon/agents/load-agents';
import { createLayout } from '../../../../daemon/layout';
import { zeroOid, type AgentId, type RefName } from '../../../../shared/ids';
import { quietLog } from '../../../helpers/repos-fixture';
import { tempDir } from '../../../helpers/temp-dir';
import { recordOf } from './agent-record';

async function openRegistry(state: string) {
  const layout = createLayout(state, join(state, 'run'));
  const loaded = await loadAgentRecords(layout, quietLog);
  return { layout, registry: createAgentRegistry({ layout, log: quietLog, flushMs: 10, ...loaded }) };
}

test('records survive a restart, removed ones apart from live ones of the same id', async () => {
  const state = tempDir();
  const { layout, registry } = await openRegistry(state);
  mkdirSync(layout.agent('one' as AgentId).root);
  await registry.put(recordOf('one', { status: 'removed', snapshots: 2, removedAt: zeroOid }));
  await registry.put(recordOf('one', { generation: 'fedcba9876543210' }));
  expect(statSync(layout.agent('one' as AgentId).record).mode & 0o777).toBe(0o600);

  const again = (await openRegistry(state)).registry;
  expect(again.list()).toEqual([recordOf('one', { generation: 'fedcba9876543210' })]);
  expect(again.listRemoved().map(({ snapshots }) => snapshots)).toEqual([2]);
  await again.deleteRemoved('one' as AgentId);
  await again.delete('one' as AgentId);
  expect(() => again.require('one')).toThrow('there is no agent "one"');
  expect((await openRegistry(state)).registry.list()).toEqual([]);
});

test('activity is in memory at once, on disk later, and never lost to a record that was read before', async () => {
  const state = tempDir();
  const { layout, registry } = await openRegistry(state);
  const id = 'one' as AgentId;
  mkdirSync(layout.agent(id).root);
  await registry.put(recordOf('one'));
  const stale = registry.require('one');
  registry.noteActivity(id, { at: new Date('2025-01-01T00:00:00Z'), commits: 2 });
  expect(registry.require('one').commits).toBe(2);
  await registry.put({ ...stale, status: 'stopped' });
  expect(registry.require('one')).toMatchObject({ status: 'stopped', commits: 2 });
  registry.noteActivity(id, { at: new Date('2025-01-02T00:00:00Z'), commits: 1 });
  await registry.flush();
  expect(JSON.parse(readFileSync(layout.agent(id).record, 'utf8'))).toMatchObject({
    commits: 3,
    lastActivity: '2025-01-02T00:00:00.000Z',
  });
});

test.each([
  ['is cut off', '{"id": "one"'],
  ['names another agent', JSON.stringify(recordOf('two'))],
  ['has an unknown field', JSON.stringify({ ...recordOf('one'), extra: 1 })],
  ['is of a newer version', JSON.stringify({ ...recordOf('one'), version: 2 })],
])('a record that %s is left alone', async (_what, text) => {
  const state = tempDir();
  const { layout } = await openRegistry(state);
  mkdirSync(layout.agent('one' as AgentId).root);
  writeFileSync(layout.agent('one' as AgentId).record, text);
  expect((await openRegistry(state)).registry.list()).toEqual([]);
  expect(readFileSync(layout.agent('one' as AgentId).record, 'utf8')).toBe(text);
});

test('what operators see has no internal field', () => {
  expect(Object.keys(publicAgent(recordOf('one')))).not.toEqual(
    expect.arrayContaining(['generation', 'ref', 'version']),
  );
});

test('own refs survive a restart, and a record that was read before does not take them back', async () => {
  const state = tempDir();
  const { registry } = await openRegistry(state);
  mkdirSync(join(state, 'agents', 'a'), { recursive: true });
  await registry.put(recordOf('a'));
  const stale = registry.require('a');
  const topic = 'refs/heads/topic' as RefName;
  registry.changeOwnRefs('a' as AgentId, { add: [topic], remove: [] });
  await registry.put({ ...stale, status: 'stopped' });
  await registry.flush();
  expect(registry.require('a')).toMatchObject({ status: 'stopped', ownRefs: [topic] });
  expect((await openRegistry(state)).registry.require('a').ownRefs).toEqual([topic]);
});

test('a record of a version that knew no own refs is loaded', async () => {
  const state = tempDir();
  const { registry, layout } = await openRegistry(state);
  mkdirSync(join(state, 'agents', 'a'), { recursive: true });
  await registry.put(recordOf('a'));
  const { ownRefs, ...old } = registry.require('a');
  writeFileSync(layout.agent('a' as AgentId).record, JSON.stringify(old));
  expect(ownRefs).toEqual([]);
  expect((await openRegistry(state)).registry.require('a').ownRefs).toEqual([]);
});
