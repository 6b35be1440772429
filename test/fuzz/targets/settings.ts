/** Configuration files with the policies in them: a whole, valid configuration, or every problem by name. */
import { loadConfig } from '../../../daemon/config/load';
import { ConfigSchema } from '../../../daemon/config/schema';
import { configKeys } from '../../../daemon/config/keys';
import { isProtected } from '../../../daemon/policy/branch-policy';
import { matchesGlob } from '../../../daemon/policy/match-glob';
import { compileValidator } from '../../../daemon/validation';
import { isGitisoError } from '../../../shared/errors';
import { surroundings } from '../harness/quiet-daemon';
import { must, type FuzzTarget } from '../harness/target';

const check = compileValidator(ConfigSchema, 'the configuration');
const file = '/etc/gitiso/gitisod.json';

export const settings: FuzzTarget = {
  name: 'settings',
  seeds: [
    '{"limits":{"nesting":8},"policy":{"protectedBranches":["main","release/*"],"author":"agent"}}',
    '{"git":{"allowedProtocols":["ssh"]},"policy":{"remotes":["https://example.com/**"],"gitlinks":"allow"}}',
    '{"$schema":"x","log":{"format":"json"}}',
  ],
  words: [
    ...configKeys.flatMap(({ path }) => path.split('.').map((key) => `"${key}":`)),
    '{',
    '}',
    '[',
    ']',
    'null',
    '-1',
    '1e99',
    '"*"',
    '"**/**/**"',
    '"a\\u0000"',
    '"__proto__":',
    'true',
    ',',
  ],
  run: async (input) => {
    try {
      const { config } = await loadConfig({ surroundings, file, flags: new Map() }, async () =>
        input.toString('utf8'),
      );
      must(check(config).kind === 'valid', 'what is loaded satisfies the schema');
      must(({} as { policy?: unknown }).policy === undefined, 'no prototype was changed');
      isProtected('a'.repeat(200), config.policy.protectedBranches);
      for (const glob of config.policy.remotes) matchesGlob(glob, `https://${'a/'.repeat(100)}`);
    } catch (error) {
      if (!isGitisoError(error)) throw error;
      must(error.code === 'config-invalid' && error.message !== '', `a problem by name, not ${error.code}`);
    }
  },
};
