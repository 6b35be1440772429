import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CallContext } from '../../../../daemon/dispatch/handler';
import { repoAdd } from '../../../../daemon/methods/repo-add';
import { repoFetch } from '../../../../daemon/methods/repo-fetch';
import { repoList } from '../../../../daemon/methods/repo-list';
import { repoRemove } from '../../../../daemon/methods/repo-remove';
import { repoShow } from '../../../../daemon/methods/repo-show';
import { loadRepoRecords } from '../../../../daemon/repos/load-repos';
import { methods } from '../../../../shared/methods';
import { compileValidator } from '../../../../daemon/validation';
import { agentOf, makeReposFixture, quietLog, type ReposFixture } from '../../../helpers/repos-fixture';
import { git } from '../../../helpers/git';
import { makeRepo } from '../../../helpers/repo';
import { containing } from '../../../helpers/text-matchers';

function handlers(fixture: ReposFixture) {
  const services = {
    repos: fixture.context.registry,
    reposService: fixture.service,
    agents: fixture.context.agents,
    hostGit: fixture.git,
    layout: fixture.context.layout,
  };
  const notified: unknown[] = [];
  const context: CallContext = {
    actor: { kind: 'admin' },
    requestId: 'r',
    rpcId: 7,
    signal: new AbortController().signal,
    log: quietLog,
    peer: {
      request: () => Promise.reject(new Error('nobody is asked')),
      notify: (method, params) => Promise.resolve(void notified.push([method, params])),
      closed: new AbortController().signal,
      hold: () => () => undefined,
    },
    attachments: [],
    startStream: () => {
      throw new Error('no stream here');
    },
  };
  return {
    notified,
    add: (location: string) => repoAdd(services)({ location }, context),
    list: () => repoList(services)({}, context),
    show: (id: string) => repoShow(services)({ id }, context),
    fetch: (id: string) => repoFetch(services)({ id }, context),
    remove: (id: string, force = false) => repoRemove(services)({ id, force }, context),
  };
}

function expectValid(method: keyof typeof methods, value: unknown): void {
  expect(compileValidator(methods[method].result, 'result')(value)).toMatchObject({ kind: 'valid' });
}

describe('the repo.* methods', () => {
  it('answer in the form of the contract and report progress', async () => {
    const fixture = await makeReposFixture();
    const call = handlers(fixture);
    const added = await call.add(`file://${await makeRepo()}`);
    expectValid('repo.add', added);
    expect(call.notified).toContainEqual([
      '$/progress',
      expect.objectContaining({ requestId: 7, stage: 'fetching', percent: null }),
    ]);
    fixture.agents.push(agentOf(added.id as never, 'a'));
    await git(added.directory, ['branch', 'agent/a', 'main']);
    const shown = await call.show(added.id);
    expectValid('repo.show', shown);
    expect(shown.branches.map(({ ref, agent }) => [ref, agent])).toEqual([
      ['refs/heads/agent/a', 'a'],
      ['refs/heads/main', null],
    ]);
    expect(shown.diskBytes).toBeGreaterThan(4096);
    const listed = await call.list();
    expectValid('repo.list', listed);
    expect(listed.repos).toEqual([added]);
    const fetched = await call.fetch(added.id);
    expectValid('repo.fetch', fetched);
    await expect(call.show('nothing')).rejects.toMatchObject({ code: 'repo-not-found' });
    await expect(call.fetch('../x')).rejects.toMatchObject({ code: 'repo-not-found' });
  });

  it('remove refuses with agents, then with commits that exist nowhere else, and then deletes everything', async () => {
    const fixture = await makeReposFixture();
    const call = handlers(fixture);
    const clone = await makeRepo();
    const { id, directory } = await call.add(clone);
    fixture.agents.push(agentOf(id as never, 'a'));
    await expect(call.remove(id, true)).rejects.toMatchObject({ code: 'repo-in-use' });
    fixture.agents.length = 0;
    const tree = await git(directory, ['rev-parse', 'main^{tree}']);
    const commit = await git(directory, ['commit-tree', '-m', 'x', '-p', 'main', tree]);
    await git(directory, ['update-ref', 'refs/heads/lonely', commit]);
    await expect(call.remove(id)).rejects.toMatchObject({
      code: 'repo-in-use',
      details: { refs: ['refs/heads/lonely'] },
    });
    const release = fixture.service.hold(id as never);
    await expect(call.remove(id, true)).rejects.toMatchObject({ code: 'repo-in-use' });
    release();
    expect(await call.remove(id, true)).toEqual({ removed: true });
    expect(existsSync(directory)).toBe(false);
    const left = readdirSync(fixture.context.layout.repos).filter((name) => !name.startsWith('.'));
    expect(left).toEqual([]);
    expect(existsSync(join(clone, '.git/HEAD'))).toBe(true);
    await expect(call.remove(id)).rejects.toMatchObject({ code: 'repo-not-found' });
  });

  it('remove needs no force when the clone has everything', async () => {
    const call = handlers(await makeReposFixture());
    const { id } = await call.add(await makeRepo({ commits: 2 }));
    expect(await call.remove(id)).toEqual({ removed: true });
  });

  it('are served again after a restart; a damaged record is told and nothing is lost', async () => {
    const fixture = await makeReposFixture();
    const { id } = await handlers(fixture).add(await makeRepo());
    const again = await makeReposFixture({ state: fixture.context.layout.state });
    expect(again.context.registry.list()).toEqual(fixture.context.registry.list());
    writeFileSync(fixture.context.layout.repoRecord(id as never), '{"version": 2}');
    const loaded = await loadRepoRecords(fixture.context.layout, quietLog);
    expect(loaded.records).toEqual([]);
    expect(loaded.damaged).toMatchObject([{ id, problem: containing('newer gitiso (version 2') }]);
    expect(loaded.damaged[0]?.copy).toEqual(again.context.registry.list()[0]);
    expect(existsSync(fixture.context.layout.repoGit(id as never))).toBe(true);
  });

  it('share one fetch among agents that are created at once, and wait for it no longer than asked', async () => {
    const fixture = await makeReposFixture();
    const { id } = await fixture.add(`file://${await makeRepo()}`);
    const audits = fixture.audit.length;
    const results = await Promise.all(
      Array.from({ length: 8 }, () => fixture.service.refresh(id, { waitMs: 20_000, maxAgeMs: 60_000 })),
    );
    expect(results.every(({ fetched }) => fetched)).toBe(true);
    expect(fixture.audit.length).toBe(audits);
    expect(await fixture.service.refresh(id, { waitMs: 1, maxAgeMs: 60_000 })).toEqual({
      fetched: true,
      reason: null,
    });
    const late = await fixture.service.refresh(id, { waitMs: 1 });
    expect(late).toMatchObject({ fetched: false, reason: containing('takes longer') });
    await fixture.service.idle();
  });
});
