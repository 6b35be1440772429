/**
 * Three projects: `unit` (pure code), `integration` (real sockets, git and processes), `e2e` (real containers, in
 * one process: they share an engine). Temporary files go below TMPDIR, which scripts/test checks for leftovers.
 */
const common = {
  rootDir: __dirname,
  testEnvironment: '<rootDir>/test/helpers/leak-free-environment.ts',
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' } }] },
  modulePathIgnorePatterns: ['<rootDir>/build/'],
};

const project = (name, testTimeout, more = {}) => ({
  ...common,
  displayName: name,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  testTimeout,
  ...more,
});

module.exports = {
  rootDir: __dirname,
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
  errorOnDeprecated: true,
  projects: [
    project('unit', 10_000),
    project('integration', 30_000),
    project('e2e', 120_000, { globalSetup: '<rootDir>/test/helpers/provide-docker-engine.ts' }),
  ],
};
