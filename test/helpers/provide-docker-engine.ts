/**
 * Global set-up of the e2e project: scripts/test names the engine in GITISO_TEST_DOCKER; when jest was started by
 * hand, an engine is provided for this run and ends with it.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export default function provideDockerEngine(): () => void {
  if (process.env['GITISO_TEST_DOCKER'] !== undefined) return () => undefined;
  const run = mkdtempSync(join(tmpdir(), 'gitiso-run-'));
  const script = join(__dirname, '../../scripts/docker-engine');
  const release = () => {
    execFileSync(join(__dirname, '../../scripts/lib/clean-run'), [run], { stdio: 'inherit' });
  };
  try {
    execFileSync(script, ['start', run], { stdio: 'inherit' });
    const output = execFileSync(script, ['env', run], { encoding: 'utf8' });
    process.env['GITISO_TEST_DOCKER'] = output.trim().replace('DOCKER_HOST=', '');
  } catch (error) {
    release();
    throw error;
  }
  return release;
}
