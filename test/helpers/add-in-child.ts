/** A process that adds a repository: `<state directory> <location>`. Made to be killed in the middle. */
import { makeReposFixture } from './repos-fixture';

async function main(state: string, location: string): Promise<void> {
  const ssh = process.env['GIT_SSH_COMMAND'] ?? '';
  const { add } = await makeReposFixture({
    state,
    environment: { GIT_SSH_COMMAND: ssh, GIT_SSH_VARIANT: 'ssh' },
  });
  await add(location);
}

void main(process.argv[2] ?? '', process.argv[3] ?? '');
