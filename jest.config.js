/**
 * Five projects: `unit` (pure code), `integration` (real sockets, git and processes), `e2e` (real containers, in
 * one process: they share an engine), `differential` (git in a workspace beside git in a plain clone), `attacks` (hostile
 * agents in real containers). Temporary files go below TMPDIR, which scripts/test checks for leftovers.
 */
const common = {
  rootDir: __dirname,
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
  testEnvironment: '<rootDir>/test/helpers/leak-free-environment.ts',
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' } }] },
  modulePathIgnorePatterns: ['<rootDir>/build/'],
};

const project = (name, more = {}) => ({
  ...common,
  displayName: name,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  ...more,
});

const withContainers = {
  globalSetup: '<rootDir>/test/helpers/provide-docker-engine.ts',
  globalTeardown: '<rootDir>/test/helpers/release-docker-engine.ts',
  setupFilesAfterEnv: ['<rootDir>/test/helpers/patience-with-containers.ts'],
};

module.exports = {
  rootDir: __dirname,
  errorOnDeprecated: true,
  testTimeout: 30_000,
  projects: [
    project('unit'),
    project('integration'),
    project('e2e', withContainers),
    project('differential', withContainers),
    project('attacks', withContainers),
  ],
};
