/** A daemon on a host that does not let it confine git: it serves as before, and everybody who looks is told. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startDaemon } from '../../helpers/daemon';
import { git } from '../../helpers/git';
import { makeRepo } from '../../helpers/repo';
import { tempDir } from '../../helpers/temp-dir';
import { testIf } from '../../helpers/test-if';

const asRoot = testIf(process.getuid?.() === 0, "covering the host's bubblewrap needs root");
const program = join(__dirname, '../../../build/daemon/main.js');

/** Starts a command where bubblewrap says what it says when the kernel lets nobody make namespaces. */
function withoutNamespaces(): readonly string[] {
  const refusal = join(tempDir(), 'bwrap');
  const words = 'bwrap: No permissions to create new namespace';
  writeFileSync(refusal, `#!/bin/sh\necho "${words}" >&2\nexit 1\n`, { mode: 0o755 });
  const cover = `mount --bind ${refusal} /usr/bin/bwrap && exec "$@"`;
  return ['/usr/bin/unshare', '--mount', '/bin/sh', '-c', cover, 'sh'];
}

asRoot('a host that forbids namespaces: repositories work, and status, log and doctor say so', async () => {
  const startedBy = withoutNamespaces();
  const daemon = await startDaemon({ withoutDocker: true, startedBy });
  const client = await daemon.connect();
  const warning = expect.stringMatching(/refused \(.*No permissions to create new namespace\)/) as string;
  expect((await client.call('daemon.status', {})).confinement).toEqual({
    level: 'partial',
    missing: [warning],
  });
  expect(daemon.log()).toMatch(/git is not fully confined/);
  const { directory } = await client.call('repo.add', { location: await makeRepo(), id: 'r' });
  await git(directory, ['fsck', '--strict']);

  const finding = {
    ...{ id: 'git-unconfined', severity: 'warning', where: 'git.confinement', what: warning },
    advice: expect.stringMatching(/let the daemon make namespaces .*restart gitiso/) as string,
  };
  expect((await client.call('daemon.doctor', {})).findings).toContainEqual(expect.objectContaining(finding));
  client.close();
  expect(await daemon.stop()).toBe(0);

  const [unshare = '', ...args] = [
    ...startedBy,
    ...[process.execPath, program, '--config', daemon.configFile, '--doctor'],
  ];
  const { stdout } = spawnSync(unshare, args, { encoding: 'utf8' });
  expect(stdout).toMatch(/No permissions to create new namespace/);
});
