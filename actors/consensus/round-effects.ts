// What a round does to the world: reads the public keys of its voters, once, when it opens.
import { effect } from '../../runtime/index.ts';
import type { VoterKeys } from '../work/ports.ts';

const PIN_MS = 10_000;

export interface PinningServices {
  readonly voterKeys: VoterKeys;
}

export function pinEffect({ voterKeys }: PinningServices) {
  return effect<Readonly<Record<string, string>>, readonly string[]>({ idempotent: true, deadlineMs: PIN_MS, run: ({ input }) => voterKeys.publicKeys(input) });
}
