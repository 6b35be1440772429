/** The Docker Engine the tests use, and the images that scripts/setup makes for it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export const baseImage = 'gitiso/base:bookworm';
export const busyboxImage = 'gitiso/busybox:test';
/** The base image with git clients that people use. */
export const clientsImage = 'gitiso/clients:bookworm';

/** Path of the engine's Unix socket. Throws when the tests were started without an engine. */
export function dockerSocket(): string {
  const address = process.env['GITISO_TEST_DOCKER'];
  if (address?.startsWith('unix://') !== true) {
    throw new Error('GITISO_TEST_DOCKER names no engine: run scripts/test, or jest with the project e2e');
  }
  return address.slice('unix://'.length);
}

/** Runs the docker command against that engine and returns its standard output; it must succeed. */
export async function docker(...argv: readonly string[]): Promise<string> {
  const { stdout } = await execute('docker', ['-H', `unix://${dockerSocket()}`, ...argv], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}

/** Ids of all containers, running or not, that mount something below the folder. */
export async function containersBelow(folder: string): Promise<readonly string[]> {
  const list = await docker('ps', '-a', '--no-trunc', '--format', '{{.ID}}\t{{.Mounts}}');
  return list
    .split('\n')
    .map((line) => line.split('\t'))
    .filter(([, mounts = '']) => mounts.split(',').some((mount) => mount.startsWith(`${folder}/`)))
    .map(([id = '']) => id);
}

/** Removes a container, running or not; one that is gone is no error. */
export async function removeContainer(id: string): Promise<void> {
  await docker('rm', '-f', '-v', id).catch(() => undefined);
}
