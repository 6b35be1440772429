/**
 * Global set-up of the e2e project: scripts/test names the engine in GITISO_TEST_DOCKER; when jest was started by
 * hand, an engine is provided for this run and ends with it (release-docker-engine.ts).
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import releaseDockerEngine, { ownEngine } from './release-docker-engine';

export default function provideDockerEngine(): void {
  if (process.env['GITISO_TEST_DOCKER'] !== undefined) return;
  const run = mkdtempSync(join(tmpdir(), 'gitiso-run-'));
  ownEngine.run = run;
  const script = join(__dirname, '../../scripts/docker-engine');
  try {
    execFileSync(script, ['start', run], { stdio: 'inherit' });
    const output = execFileSync(script, ['env', run], { encoding: 'utf8' });
    process.env['GITISO_TEST_DOCKER'] = output.trim().replace('DOCKER_HOST=', '');
  } catch (error) {
    releaseDockerEngine();
    throw error;
  }
}
