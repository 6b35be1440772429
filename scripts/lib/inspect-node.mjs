/**
 * Prints three lines for set-up: whether node_modules agrees with the lock file, the name under which the
 * compiled nodegit is kept (version, ABI, architecture, C library), and the folder of Node's headers or nothing.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const [major, minor] = process.versions.node.split('.').map(Number);
const [, neededMajor, neededMinor] = /(\d+)\.(\d+)/
  .exec(JSON.parse(readFileSync('package.json', 'utf8')).engines.node)
  .map(Number);
if (major < neededMajor || (major === neededMajor && minor < neededMinor)) {
  process.stderr.write(
    `Node ${neededMajor}.${neededMinor} or later is needed, this is ${process.versions.node}\n`,
  );
  process.exit(1);
}

const locked = readPackages('package-lock.json');
process.stdout.write(`${modulesState()}\n${nodegitKey()}\n${headersFolder()}\n`);

function readPackages(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : null;
}

/** npm writes the hidden lock file last, so that an interrupted installation counts as incomplete. */
function modulesState() {
  const installed = readPackages('node_modules/.package-lock.json');
  if (installed === null) return 'not installed';
  const differs = Object.entries(locked).some(
    ([path, { version, optional }]) =>
      path !== '' && installed[path]?.version !== version && !(optional && installed[path] === undefined),
  );
  return differs ? 'not those of the lock file' : 'complete';
}

function nodegitKey() {
  const { glibcVersionRuntime } = process.report.getReport().header;
  const libc = glibcVersionRuntime === undefined ? 'musl' : `glibc${glibcVersionRuntime}`;
  const { version } = locked['node_modules/nodegit'];
  return `nodegit-${version}-abi${process.versions.modules}-${process.arch}-${libc}.node`;
}

/** node-gyp downloads the headers when they are neither configured nor installed beside Node. */
function headersFolder() {
  const candidates = [process.env.npm_config_nodedir, dirname(dirname(process.execPath))];
  return candidates.find((folder) => folder && hasHeaders(folder)) ?? '';
}

function hasHeaders(folder) {
  const file = join(folder, 'include/node/node_version.h');
  return existsSync(file) && new RegExp(`NODE_MAJOR_VERSION ${major}\\b`).test(readFileSync(file, 'utf8'));
}
