// One way to do a thing, whoever asks: JSON-RPC, HTTP and the command line run the same operation with the same checks.
import { z } from 'zod';
import { codedError } from '../../runtime/index.ts';
import type { ReadModel } from '../node/fact-feed.ts';
import type { RunningNode } from '../node/running-node.ts';

export const PERMISSIONS = ['read', 'act', 'admin'] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** Who asks, as authenticated. */
export interface Caller {
  readonly name: string;
  readonly permissions: readonly Permission[];
}

export interface OperationContext {
  readonly node: RunningNode;
  readonly caller: Caller;
  /** Facts that a read is to have seen, as an earlier answer said (K13). Default: all that are committed. */
  readonly position?: number;
  /** Aborts when the asker has gone. */
  readonly signal: AbortSignal;
  /** Makes a repeated call safe, where the operation starts something. */
  readonly idempotencyKey?: string;
}

interface Spec<S extends z.ZodType> {
  readonly name: string;
  readonly summary: string;
  readonly permission: Permission;
  readonly input: S;
  run(context: OperationContext, input: z.output<S>): Promise<unknown>;
}

export interface Operation {
  readonly name: string;
  readonly summary: string;
  readonly permission: Permission;
  readonly input: z.ZodType;
  /** Throws `NotPermitted` or `InvalidInput` before anything is done. */
  run(context: OperationContext, input: unknown): Promise<unknown>;
}

export function operation<S extends z.ZodType>(spec: Spec<S>): Operation {
  const { name, summary, permission, input } = spec;
  return {
    name,
    summary,
    permission,
    input,
    async run(context, given) {
      if (!context.caller.permissions.includes(permission)) throw codedError('NotPermitted', { operation: name, permission });
      const parsed = input.safeParse(given ?? {});
      if (!parsed.success) throw codedError('InvalidInput', { problem: problemOf(name, parsed.error) });
      return spec.run(context, parsed.data);
    },
  };
}

/** The read model as the asker is to see it. */
export function readModel({ node, position }: OperationContext): Promise<ReadModel> {
  return node.facts.read(position);
}

function problemOf(name: string, error: z.ZodError): string {
  return `${name}: ${error.issues.map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`).join('; ')}`;
}

export const nameInput = z.string().min(1).max(200);
export const whyInput = z.string().min(1).max(4_096);
