// The verbs of the command line against one node of a test, as a person or a script types them, with what they print.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { builtInFleet } from '../../actors/fleet/built-in-fleet.ts';
import type { Ended } from '../support/child-program.ts';
import { type NodePlace, troupe } from '../support/node-process.ts';

export interface Agent {
  readonly name: string;
  readonly state: string;
  readonly current: { readonly taskId: string } | null;
  readonly session: { readonly epoch: number; readonly pid: number } | null;
  readonly sessionsLost: number;
}

export interface Items<T = Readonly<Record<string, unknown>>> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

export interface Refusal {
  readonly code: number | null;
  readonly error: { readonly code: string; readonly message: string };
}

/** Default port of each agent of the built-in fleet. */
export const AGENT_PORTS: ReadonlyMap<string, number> = new Map(builtInFleet().agents.flatMap(({ name, port }) => (port === null ? [] : [[name, port] as const])));
export const NINE: readonly string[] = [...AGENT_PORTS.keys()].sort();

/** `at` is asked when a verb is typed: the node may start later. Plan files lie in the folder `work`. */
export function verbsOf(at: () => NodePlace) {
  /** A verb with --json that must succeed: exactly one document on stdout. */
  async function say<T = Readonly<Record<string, unknown>>>(...args: readonly string[]): Promise<T> {
    const ended = await troupe(at(), [...args, '--json']);
    expect([args.join(' '), ended.code, ended.stderr]).toEqual([args.join(' '), 0, '']);
    return ended.json<T>();
  }
  const secretOf = (...path: readonly string[]): string => readFileSync(join(at().data, ...path), 'utf8');
  const token = (): string => secretOf('admin.token').trim();
  return {
    say,
    token,
    async refused(...args: readonly string[]): Promise<Refusal> {
      const ended = await troupe(at(), [...args, '--json']);
      return { code: ended.code, ...ended.json<Pick<Refusal, 'error'>>() };
    },
    agentNamed: async (name: string): Promise<Agent | undefined> => (await say<Items<Agent>>('agents')).items.find((agent) => agent.name === name),
    authorized: (): { authorization: string } => ({ authorization: `Bearer ${token()}` }),
    ownerToken: (): string => (JSON.parse(secretOf('instance.json')) as { ownerToken: string }).ownerToken,
    planFile(name: string, tasks: readonly object[]): string {
      const file = join(at().folder, 'work', `${name}.json`);
      writeFileSync(file, JSON.stringify({ name, workspace: '.', tasks }));
      return file;
    },
    runPlan: (file: string, ...more: readonly string[]): Promise<Ended> => troupe(at(), ['run', file, '--json', '--approve', 'HIGH', ...more]),
  };
}
