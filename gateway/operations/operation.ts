// One way to do a thing, whoever asks: JSON-RPC, HTTP and the command line run the same operation with the same checks.
import { z } from 'zod';
import { codedError, type TroupeError } from '../../runtime/index.ts';
import type { ReadModel } from '../node/fact-feed.ts';
import type { RunningNode } from '../node/running-node.ts';
import type { Caller, Permission } from './caller.ts';

export interface OperationContext {
  readonly node: RunningNode;
  readonly caller: Caller;
  /** Facts that a read is to have seen, as an earlier answer said (K13). Default: all that are committed. */
  readonly position?: number | undefined;
  /** Aborts when the asker has gone. */
  readonly signal: AbortSignal;
  /** Makes a repeated call safe, where the operation starts something. */
  readonly idempotencyKey?: string | undefined;
}

interface Described {
  /** `topic.verb`. */
  readonly name: string;
  /** A few words for people. */
  readonly title: string;
  readonly summary: string;
  readonly permission: Permission;
  /** It ends or undoes something that cannot be had again by the same means. Default false. */
  readonly destructive?: boolean;
  /** Asked for again it changes nothing more. Default: whether it only reads. */
  readonly idempotent?: boolean;
  /** It may take longer than a moment: for a person, an agent or a session. Default false. */
  readonly waits?: boolean;
  /** As a tool it answers one text and nothing else, because who calls it wants that. Default false. */
  readonly textOnly?: boolean;
}

interface Spec<S extends z.ZodType, O extends z.ZodType> extends Described {
  readonly input: S;
  /** An object; tests hold real answers against it, doors do not. */
  readonly output: O;
  run(context: OperationContext, input: z.output<S>): Promise<unknown>;
}

export interface Operation extends Required<Described> {
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  /** Rejects with `NotPermitted` or `InvalidInput` before anything is done. */
  run(context: OperationContext, input: unknown): Promise<unknown>;
}

export function operation<S extends z.ZodType, O extends z.ZodType>(spec: Spec<S, O>): Operation {
  const { name, title, summary, permission, input, output, destructive = false, idempotent = permission === 'read', waits = false, textOnly = false } = spec;
  return {
    name,
    title,
    summary,
    permission,
    destructive,
    idempotent,
    waits,
    textOnly,
    input,
    output,
    run(context, given) {
      if (!mayCall(context.caller, spec)) return Promise.reject(notPermitted(spec));
      const parsed = input.safeParse(given ?? {});
      if (!parsed.success) return Promise.reject(codedError('InvalidInput', { problem: problemOf(name, parsed.error) }));
      try {
        return spec.run(context, parsed.data);
      } catch (error) {
        return Promise.reject(error);
      }
    },
  };
}

export function mayCall({ permissions, operations = [] }: Caller, { name, permission }: Pick<Operation, 'name' | 'permission'>): boolean {
  return permissions.includes(permission) || operations.includes(name);
}

export function notPermitted({ name, permission }: Pick<Operation, 'name' | 'permission'>): TroupeError {
  return codedError('NotPermitted', { operation: name, permission, scope: `troupe:${permission}` });
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
