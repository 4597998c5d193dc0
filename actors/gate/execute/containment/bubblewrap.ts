// The words that put a program behind bubblewrap: what it sees, what it may change, whom it may talk to. Pure; the machine is looked at elsewhere.
import type { Containment } from '../../../work/types.ts';
import { type Mount, mountsOf, type Sight } from './mounts.ts';

export interface Wrapped extends Sight, Pick<Containment, 'network'> {
  /** Of the user that runs it. */
  readonly uid: number;
  /** Where name resolution is configured, when that is a link into what is emptied. */
  readonly resolver: string | null;
  /** Goes on when what started it ends. */
  readonly outlives?: boolean;
}

/** Its own processes only: neither the node's environment in /proc nor its processes can be reached. */
const APART = ['--unshare-ipc', '--unshare-pid', '--unshare-uts', '--unshare-cgroup-try', '--new-session'];
/** Root without these could not write what another user owns, as root outside can. None of them undoes a mount. */
const FILES_OF_OTHERS = ['CAP_DAC_OVERRIDE', 'CAP_CHOWN', 'CAP_FOWNER', 'CAP_FSETID'];
/** What would let root take the containment apart, read memory of others, or write to a disk beside its file system. */
const NEVER = ['CAP_SYS_ADMIN', 'CAP_SYS_PTRACE', 'CAP_SYS_MODULE', 'CAP_SYS_RAWIO', 'CAP_SYS_BOOT', 'CAP_MKNOD', 'CAP_DAC_READ_SEARCH', 'CAP_BPF', 'CAP_PERFMON'];

function capabilities({ reach, uid }: Wrapped): string[] {
  if (uid !== 0) return [];
  if (reach === 'machine') return NEVER.flatMap((name) => ['--cap-drop', name]);
  return ['--cap-drop', 'ALL', ...(reach === 'workspace' ? FILES_OF_OTHERS.flatMap((name) => ['--cap-add', name]) : [])];
}

function mount({ path, as }: Mount): string[] {
  if (as === 'empty') return ['--tmpfs', path];
  return [as === 'read' ? '--ro-bind' : '--bind', path, path];
}

/** Prefix of the program's own words. */
export function bubblewrapArgv(binary: string, wrapped: Wrapped): string[] {
  const { reach, network, resolver, outlives = false } = wrapped;
  const mounts = mountsOf(wrapped);
  return [
    binary,
    ...APART,
    ...(outlives ? [] : ['--die-with-parent']),
    ...(network ? [] : ['--unshare-net']),
    ...capabilities(wrapped),
    reach === 'machine' ? '--bind' : '--ro-bind',
    '/',
    '/',
    '--dev',
    '/dev',
    '--proc',
    '/proc',
    ...mounts.flatMap(mount),
    ...(network && resolver !== null && reach !== 'machine' ? ['--ro-bind-try', resolver, resolver] : []),
    // What is only a mount point for others is not to be written to.
    ...mounts.filter(({ as, path }) => as === 'empty' && !['/tmp', '/var/tmp'].includes(path)).flatMap(({ path }) => ['--remount-ro', path]),
    '--',
  ];
}
