import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** The files that are started as a program of their own; nothing else asks the process for anything. */
const mainFiles = ['**/main.ts', 'daemon/git/git-worker.ts', 'client/shim/generate-table.ts'];

const processProperties = ['argv', 'chdir', 'env', 'exit', 'exitCode', 'stdin', 'stdout', 'stderr', 'umask'];

const never = [
  { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
  { selector: 'TSEnumDeclaration', message: 'Use a union of literals.' },
  { selector: 'TSModuleDeclaration[kind="namespace"]', message: 'Use a module.' },
  { selector: 'ExportAllDeclaration', message: 'Name what is exported.' },
];

export default defineConfig(
  { ignores: ['build/', 'coverage/', 'node_modules/'] },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { project: './tsconfig.test.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      'no-restricted-syntax': ['error', ...never],
      'no-console': 'error',
      // Untrusted text is checked for control characters everywhere.
      'no-control-regex': 'off',
      eqeqeq: 'error',
      'max-lines': ['error', { max: 250 }],
      complexity: ['error', { max: 20, variant: 'modified' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // JSON-RPC methods are asynchronous by contract, whether or not one happens to wait.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['daemon/**/*.ts', 'client/**/*.ts', 'shared/**/*.ts'],
    ignores: mainFiles,
    rules: {
      'no-restricted-properties': [
        'error',
        ...processProperties.map((property) => ({
          object: 'process',
          property,
          message: 'Only main files touch the process; take it as a parameter.',
        })),
      ],
      'no-restricted-imports': [
        'error',
        { paths: [{ name: 'node:process', message: 'Only main files touch the process.' }] },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 500 }],
      // Matchers of jest are `any`, and passed around as values.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/unbound-method': 'off',
      'no-restricted-syntax': [
        'error',
        ...never,
        {
          selector:
            'CallExpression[callee.property.name=/^(only|skip|todo)$/][callee.object.name=/^(test|it|describe)$/]',
          message:
            'All tests are to run; for one that cannot run everywhere there is test/helpers/test-if.ts.',
        },
      ],
    },
  },
  {
    files: ['test/helpers/test-if.ts'],
    rules: { 'no-restricted-syntax': ['error', ...never] },
  },
  {
    // Jest loads a global set-up and an environment by their default export.
    files: ['test/helpers/{provide,release}-docker-engine.ts', 'test/helpers/leak-free-environment.ts'],
    rules: { 'no-restricted-syntax': ['error', ...never.slice(1)] },
  },
  {
    files: ['**/*.js', '**/*.cjs', '**/*.mjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        module: 'writable',
        require: 'readonly',
        __dirname: 'readonly',
      },
    },
  },
);
