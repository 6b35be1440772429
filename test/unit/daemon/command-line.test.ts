import { helpText, parseCommandLine } from '../../../daemon/command-line';
import { flagName } from '../../../daemon/config/key-names';
import { configKeys } from '../../../daemon/config/keys';
import { errorWith } from '../../helpers/error-with';

test('settings are taken with and without an equals sign', () => {
  const { action, configFile, flags } = parseCommandLine([
    '--config',
    'a.json',
    '--log-level=debug',
    '--state-directory',
    '/s=1',
  ]);
  expect(action).toBe('serve');
  expect(configFile).toBe('a.json');
  expect([...flags]).toEqual([
    ['--log-level', 'debug'],
    ['--state-directory', '/s=1'],
  ]);
});

test.each([
  ['--check-config', 'check-config'],
  ['--print-config', 'print-config'],
  ['--config-schema', 'config-schema'],
  ['--version', 'version'],
  ['-h', 'help'],
])('%s asks for %s', (arg, action) => {
  expect(parseCommandLine([arg]).action).toBe(action);
});

test.each([
  [['--log-levle', 'x'], 'unknown setting --log-levle; did you mean --log-level?'],
  [['--chek-config'], 'unknown setting --chek-config; did you mean --check-config?'],
  [['--log-level'], '--log-level needs a value'],
  [['serve'], 'unexpected argument "serve"'],
])('%j is refused', (args, message) => {
  expect(() => parseCommandLine(args)).toThrow(errorWith('config-invalid', { message }));
});

test('the help names every setting', () => {
  for (const { path } of configKeys) expect(helpText()).toContain(`  ${flagName(path)} <value>\n`);
});
