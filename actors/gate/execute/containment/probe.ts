// Whether this machine contains: bubblewrap is tried for real, since kernels and container engines forbid it in many ways.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findExecutable } from '../../../session/choose-terminal.ts';
import { bubblewrapArgv } from './bubblewrap.ts';
import { NO_GIT } from './git-places.ts';

export type ContainmentFound = { readonly kind: 'bubblewrap'; readonly detail: string } | { readonly kind: 'none'; readonly detail: string; readonly fix: string };

const PROBE_MS = 10_000;
const run = promisify(execFile);

/** Never rejects. */
export async function probeContainment(path: string): Promise<ContainmentFound> {
  const binary = findExecutable('bwrap', path);
  if (binary === null) return { kind: 'none', detail: 'bwrap is not in PATH: what agents run sees what its user sees', fix: 'install bubblewrap' };
  const folder = await mkdtemp(join(tmpdir(), 'troupe-probe-'));
  try {
    const sight = { workspace: folder, temporary: folder, git: NO_GIT, guarded: [], hidden: [], private: [], programs: [] };
    const [file, ...words] = bubblewrapArgv(binary, { ...sight, reach: 'workspace', network: false, uid: process.getuid?.() ?? 0, resolver: null }) as [string, ...string[]];
    await run(file, [...words, 'true'], { timeout: PROBE_MS, env: { PATH: path } });
    const { stdout } = await run(binary, ['--version'], { timeout: PROBE_MS });
    return { kind: 'bubblewrap', detail: `${stdout.trim()} (${binary})` };
  } catch (error) {
    const words = (error as { readonly stderr?: string }).stderr?.trim().split('\n').at(-1) ?? '';
    return {
      kind: 'none',
      detail: `${binary} does not work here${words === '' ? '' : `: ${words.slice(0, 200)}`}`,
      fix: 'allow user namespaces for bwrap (an AppArmor profile on Ubuntu; --security-opt seccomp and apparmor in a container)',
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
