import { engineWeaknesses } from '../../../../daemon/doctor/engine-weaknesses';
import { hasFix } from '../../../../daemon/fixed-versions';

test.each([
  ['1.1.5+ds1', false],
  ['1.2.7', false],
  ['1.2.8', true],
  ['1.3.2', false],
  ['1.3.3', true],
  ['1.4.0-rc.3', true],
  ['1.5.0', true],
  ['2.0.0', true],
  ['nonsense', false],
])('DK-05 runc %s has the fixes that are asked for: %s', (version, expected) => {
  expect(hasFix(version, ['1.2.8', '1.3.3', '1.4.0'])).toBe(expected);
});

test('DK-05 an engine with known ways out of a container is named, with what closes them; a mended one is not', () => {
  const found = engineWeaknesses([
    { name: 'Engine', version: '20.10.24+dfsg1' },
    { name: 'runc', version: '1.1.5+ds1' },
    { name: 'containerd', version: '1.6.20' },
  ]);
  expect(found.map(({ id, where }) => [id, where])).toEqual([
    ['engine-outdated', 'engine 20.10.24+dfsg1'],
    ['engine-outdated', 'runc 1.1.5+ds1'],
  ]);
  for (const { what, advice } of found) {
    expect(what).toMatch(/^older than \d/);
    expect(advice).toContain('update');
  }
  expect(
    engineWeaknesses([
      { name: 'Engine', version: '29.0.1' },
      { name: 'runc', version: '1.3.4' },
    ]),
  ).toEqual([]);
});
