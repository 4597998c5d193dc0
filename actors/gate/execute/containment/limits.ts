// What the processes of a step, or of a version that runs, may use, set by bash itself before they begin: no limit here is ever above what
// the host has.
import type { Reach } from '../../../work/types.ts';

interface Limits {
  /** Of data, each process. */
  readonly gigabytes: number;
  /** Of the whole user, where that is not root: the kernel does not count root's. */
  readonly processes: number;
  /** Of one written file. */
  readonly fileGigabytes: number;
  /** Each process: more than the time that the step has is no limit to several at once. */
  readonly cpuSeconds: (timeoutMs: number) => number;
}

const seconds = (ms: number): number => Math.ceil(ms / 1_000);

const LIMITS: Readonly<Record<Reach, Limits>> = {
  read: { gigabytes: 2, processes: 1_024, fileGigabytes: 1, cpuSeconds: (ms) => Math.min(60, seconds(ms)) },
  workspace: { gigabytes: 8, processes: 4_096, fileGigabytes: 16, cpuSeconds: (ms) => seconds(ms) * 4 },
  machine: { gigabytes: 16, processes: 8_192, fileGigabytes: 64, cpuSeconds: (ms) => seconds(ms) * 4 },
};

const KILOBYTES_PER_GIGABYTE = 1_048_576;
const KILOBYTES_PER_MEGABYTE = 1_024;

/** Of what runs for as long as it likes; null: none. */
export interface ServiceLimits {
  /** Of data, each process. */
  readonly memoryMb: number | null;
  /** Of the whole user, where that is not root. */
  readonly processes: number | null;
  /** Of one written file. */
  readonly fileMb: number | null;
}

/** As those of a step that may write in its workspace. */
export const SERVICE_LIMITS = { memoryMb: 8_192, processes: LIMITS.workspace.processes, fileMb: 16_384 } as const;

/** Words of bash that set them; one that is higher than the host's own is left as it is. */
export function limitWords(reach: Reach, timeoutMs: number): string {
  const { gigabytes, processes, fileGigabytes, cpuSeconds } = LIMITS[reach];
  const kilobytes = [`-d ${gigabytes * KILOBYTES_PER_GIGABYTE}`, `-f ${fileGigabytes * KILOBYTES_PER_GIGABYTE}`];
  return inWords(['-c 0', `-u ${processes}`, ...kilobytes, `-t ${cpuSeconds(timeoutMs)}`]);
}

/** The program under these limits, as the same process. */
export function limitedService(argv: readonly [string, ...string[]], { memoryMb, processes, fileMb }: ServiceLimits): readonly [string, ...string[]] {
  const megabytes = (limit: string, size: number | null) => (size === null ? [] : [`${limit} ${size * KILOBYTES_PER_MEGABYTE}`]);
  const words = inWords(['-c 0', ...(processes === null ? [] : [`-u ${processes}`]), ...megabytes('-d', memoryMb), ...megabytes('-f', fileMb)]);
  return ['bash', '--noprofile', '--norc', '-c', `{ ${words}; } 2>/dev/null; exec "$@"`, 'bash', ...argv];
}

const inWords = (limits: readonly string[]): string => limits.map((limit) => `ulimit ${limit}`).join('; ');
