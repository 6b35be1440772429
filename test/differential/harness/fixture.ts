/** The repository that every scenario begins with, as a bare repository to be the remote. */
import { join } from 'node:path';
import { git } from '../../helpers/git';
import { writeFiles } from '../../helpers/repo';
import { tempDir } from '../../helpers/temp-dir';

/** `main` with two commits and the tag v1.0, `feature` with one more, which changes other files than `main`'s last. */
export async function makeFixture(): Promise<string> {
  const folder = tempDir();
  const work = join(folder, 'work');
  await git(folder, ['init', '--quiet', work]);
  const commit = async (message: string, second: number, files: Readonly<Record<string, string>>) => {
    writeFiles(work, files);
    const date = `${1112900000 + second} -0700`;
    const env = { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
    await git(work, ['add', '--all']);
    await git(work, ['commit', '--quiet', '-m', message], { env });
  };
  await commit('initial', 0, { a: 'one\ntwo\nthree\n', b: 'b\n', 'dir/c': 'c\n', 'dir/deep/d': 'd\n' });
  const date = '1112900001 -0700';
  await git(work, ['tag', '-a', '-m', 'version 1.0', 'v1.0'], { env: { GIT_COMMITTER_DATE: date } });
  await git(work, ['branch', 'feature']);
  await commit('change a', 60, { a: 'one\ntwo, changed\nthree\n' });
  await git(work, ['checkout', '--quiet', 'feature']);
  await commit('feature', 120, { b: 'b of feature\n', f: 'new\n' });
  await git(work, ['checkout', '--quiet', 'main']);
  const bare = join(folder, 'origin');
  await git(folder, ['clone', '--quiet', '--bare', '--', work, bare]);
  await git(bare, ['config', '--remove-section', 'remote.origin']);
  return bare;
}
