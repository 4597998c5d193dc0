// What the machine lacks for the suites to run, and its installation from Debian when asked.
import { spawnSync } from 'node:child_process';
import { loadSource } from './load-source.mjs';

export async function missingParts(suites) {
  const isPresent = ({ binary }) => spawnSync('/bin/bash', ['-c', `command -v ${binary}`], { stdio: 'ignore' }).status === 0;
  const { MACHINE_PARTS } = await loadSource('test/support/machine.ts');
  const needed = MACHINE_PARTS.filter((part) => part.suites.some((suite) => suites.includes(suite)));
  return needed.filter((part) => !isPresent(part));
}

/** Programs of packages are not built anew: scripts of theirs stay unrun. */
const installWords = (folder) => ['ci', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

export function describePart({ name, debian, folder, megabytes }) {
  return `missing: ${name} (about ${megabytes} MB): ${folder === undefined ? `apt-get install ${debian}` : `npm ${installWords(folder).join(' ')}`}`;
}

/** What cannot be installed stays missing and its suites are skipped with that reason. */
export function install(parts) {
  installPackages(parts.filter(({ folder }) => folder === undefined).map(({ debian }) => debian));
  for (const { name, folder } of parts) if (folder !== undefined) installFolder(name, folder);
}

function installFolder(name, folder) {
  console.log(`installing ${name}`);
  const { status, error } = spawnSync('npm', installWords(folder), { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) console.log(`not installed: ${error?.message ?? `npm ended with ${status}`}`);
}

/** Debian only, and root only. */
function installPackages(packages) {
  if (packages.length === 0) return;
  console.log(`installing ${packages.join(' ')}`);
  const run = (...args) => spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  run('update', '-qq');
  const { status, error } = run('install', '-y', '-qq', '--no-install-recommends', ...packages);
  if (status !== 0) console.log(`not installed: ${error?.message ?? `apt-get ended with ${status}`}`);
}
