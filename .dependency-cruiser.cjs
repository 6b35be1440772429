/** The layers of gitiso (docs: ARCHITECTURE.md): who may import what. Type-only imports count too. */

/** A third-party package that only some files may import. */
const packageOnlyIn = (name, folder, comment) => ({
  name: `${name}-only-in-its-place`,
  comment,
  severity: 'error',
  from: { path: '^(daemon|client|shared)/', pathNot: folder },
  to: { path: `^node_modules/(@types/)?${name}(/|$)` },
});

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Files that need each other are one file, or a third one is missing.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'shared-stands-alone',
      comment: 'shared/ is what both ends agree on: it knows neither.',
      severity: 'error',
      from: { path: '^shared/' },
      to: { path: '^(daemon|client|test)/' },
    },
    {
      name: 'shared-does-no-io',
      severity: 'error',
      from: { path: '^shared/' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(buffer|crypto|path|string_decoder|util)(/|$)' },
    },
    {
      name: 'client-without-daemon',
      comment: 'The client starts in milliseconds and runs where the daemon is not installed.',
      severity: 'error',
      from: { path: '^client/' },
      to: { path: '^daemon/' },
    },
    {
      name: 'daemon-without-client',
      severity: 'error',
      from: { path: '^daemon/' },
      to: { path: '^client/' },
    },
    {
      name: 'product-without-tests',
      severity: 'error',
      from: { path: '^(daemon|client|shared)/' },
      to: { path: '^(test|scripts)/' },
    },
    {
      name: 'policy-is-pure',
      comment: 'Policy decides from what it is given.',
      severity: 'error',
      from: { path: '^daemon/policy/' },
      to: {
        path: '^daemon/(agents|commit|dispatch|git|journal|methods|remote|repos|runtime|transport|watch)/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'no-undeclared-packages',
      comment: 'A package that package.json does not name may be gone tomorrow.',
      severity: 'error',
      from: { path: '^(daemon|client|shared)/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'] },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    packageOnlyIn(
      'nodegit',
      '^daemon/git/',
      'libgit2 stays behind daemon/git/: a second engine must be possible.',
    ),
    packageOnlyIn('dockerode', '^daemon/runtime/docker[.]ts$', 'Docker stays behind the runtime interface.'),
    packageOnlyIn(
      'chokidar',
      '^daemon/watch/',
      'Watching stays in daemon/watch/: never a folder an agent can write.',
    ),
    packageOnlyIn('winston', '^daemon/log[.]ts$', 'One logger.'),
    {
      name: 'light-client',
      comment: 'The client loads nothing heavy.',
      severity: 'error',
      from: { path: '^client/' },
      to: { path: '^node_modules/(nodegit|dockerode|chokidar|winston)(/|$)' },
    },
    {
      name: 'processes-only-in-git',
      comment:
        'Only git is started as a process, and only by daemon/git/; besides what tells systemd, sync, and file systems.',
      severity: 'error',
      from: {
        path: '^(daemon|shared)/',
        pathNot:
          '^daemon/(git/|notify-systemd[.]ts$|journal/sync-file-system[.]ts$|storage/system-program[.]ts$)',
      },
      to: { path: '^(node:)?child_process$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^build/' },
    tsConfig: { fileName: 'tsconfig.test.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
};
