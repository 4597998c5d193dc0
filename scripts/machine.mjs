// What the machine lacks for the suites to run, and its installation from Debian when asked.
import { spawnSync } from 'node:child_process';
import { loadSource } from './load-source.mjs';

export async function missingParts(suites) {
  const isPresent = ({ binary }) => spawnSync('/bin/bash', ['-c', `command -v ${binary}`], { stdio: 'ignore' }).status === 0;
  const { MACHINE_PARTS } = await loadSource('test/support/machine.ts');
  const needed = MACHINE_PARTS.filter((part) => part.suites.some((suite) => suites.includes(suite)));
  return needed.filter((part) => !isPresent(part));
}

export function describePart({ name, debian, megabytes }) {
  return `missing: ${name} (about ${megabytes} MB): apt-get install ${debian}`;
}

/** Debian only, and root only; what cannot be installed stays missing and its suites are skipped with that reason. */
export function install(parts) {
  if (parts.length === 0) return;
  const packages = parts.map((part) => part.debian);
  console.log(`installing ${packages.join(' ')}`);
  const run = (...args) => spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  run('update', '-qq');
  const { status, error } = run('install', '-y', '-qq', '--no-install-recommends', ...packages);
  if (status !== 0) console.log(`not installed: ${error?.message ?? `apt-get ended with ${status}`}`);
}
