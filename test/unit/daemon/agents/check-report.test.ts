import { checkReport } from '../../../../daemon/agents/check-report';
import type { ReadyReport } from '../../../../daemon/agents/links';
import { expectedAccess } from '../../../../daemon/runtime/mounts';

const owner = { uid: 1000, gid: 1000 };
const good: ReadyReport = {
  git: '/usr/bin/git',
  mounts: { ...expectedAccess },
  uid: 1000,
  gid: 1000,
};

test('a report with everything as designed is accepted', () => {
  expect(() => checkReport(good, owner)).not.toThrow();
});

test('every mount that is missing or has the wrong access is named', () => {
  const { '/gitiso/bin': bin, ...rest } = good.mounts;
  expect(bin).toBe('ro');
  const mounts = { ...rest, '/gitiso/shared': 'rw' as const, '/workspace': 'missing' as const };
  expect(() => checkReport({ ...good, mounts }, owner)).toThrow(
    "the container's mounts are wrong: /workspace is missing instead of rw, /gitiso/shared is rw instead of ro, " +
      '/gitiso/bin is missing instead of ro',
  );
});

test.each([
  ['without git', { git: null }, 'no git was found in the image'],
  ['as another user', { uid: 0 }, 'runs as 0:1000 instead of 1000:1000'],
])('a container %s is refused', (_what, change, message) => {
  expect(() => checkReport({ ...good, ...change }, owner)).toThrow(message);
});
