import { isOlder, parseGitVersion, versionFindings } from '../../../../daemon/git/git-versions';

function found(versions: Parameters<typeof versionFindings>[0]): string[] {
  return versionFindings(versions).map(({ component, version }) => `${component} ${version}`);
}

describe('versions with known flaws', () => {
  it('are told by component, with what to do', () => {
    const [finding] = versionFindings({ git: '2.39.2' });
    expect(finding).toMatchObject({ component: 'git', version: '2.39.2' });
    expect(finding?.problem).toMatch(/CVE-2024-32002/);
    expect(finding?.advice).not.toBe('');
  });

  it('count by the series they belong to', () => {
    expect(found({ git: '2.50.1' })).toEqual([]);
    expect(found({ git: '2.51.0' })).toEqual([]);
    expect(found({ git: '2.43.7' })).toEqual([]);
    expect(found({ git: '2.43.6' })).toEqual(['git 2.43.6']);
    expect(found({ git: '2.50.0' })).toEqual(['git 2.50.0']);
    // The first list has its fix, the second one knows none for its series.
    expect(found({ git: '2.39.5' })).toEqual(['git 2.39.5']);
    expect(found({ git: '2.51.0', libgit2: '1.9.1' })).toEqual([]);
    expect(found({ git: '2.51.0', libgit2: '1.6.4' })).toEqual(['libgit2 1.6.4']);
  });

  it('are not guessed from what has no number', () => {
    expect(found({ libgit2: 'unknown' })).toEqual([]);
    expect(found({ libgit2: 'unknown (nodegit 0.28.0-alpha.36)' })).toEqual([]);
    expect(parseGitVersion('gut version 2.1')).toEqual([]);
    expect(parseGitVersion('git version 2.39.5 (Apple Git-154)')).toEqual([2, 39, 5]);
    expect(isOlder([2, 38], [2, 38, 0])).toBe(false);
    expect(isOlder([2, 9, 9], [2, 38])).toBe(true);
  });
});
