// A sentence as a task: a plan of one task in words, for a guest that thinks.
import { isGuest } from '../../actors/guest/guest-context.ts';
import type { Plan, PlannedTask } from '../../actors/work/types.ts';
import { codedError } from '../../runtime/index.ts';
import { agentNames, guestContextOf, type RunningNode } from '../node/running-node.ts';
import { findAgent } from './find-agent.ts';

const TASK_ID = 'words';
const SHOWN = 60;

export interface Sentence {
  readonly text: string;
  readonly agent?: string | undefined;
  readonly capability?: readonly string[] | undefined;
  readonly priority?: PlannedTask['priority'] | undefined;
  /** Folder that it is about. */
  readonly workspace?: string | undefined;
}

/** Throws `NoThinkingDriver` when no guest is known that could ever take it, `NoSuchAgent` for a name that nobody has. */
export function mustFindThinker({ system }: RunningNode, { text, agent, capability = [] }: Sentence): void {
  const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
  if (agent !== undefined) {
    if (!isGuest(findAgent(system, agent))) throw codedError('NoThinkingDriver', { text: shown });
    return;
  }
  const guests = agentNames(system).flatMap((name) => guestContextOf(system, name) ?? []);
  if (!guests.some((guest) => capability.every((word) => guest.agent.capabilities.includes(word)))) throw codedError('NoThinkingDriver', { text: shown });
}

/** A sentence is no template, whatever braces it has. */
const literally = (text: string): string => text.replaceAll('{{', '{{{{');

export function planOfWords({ text, workspace = '', agent, capability, priority }: Sentence): { readonly plan: Plan; readonly task: string } {
  const who = { ...(agent === undefined ? {} : { agent }), ...(capability === undefined ? {} : { capability }), ...(priority === undefined ? {} : { priority }) };
  const task: PlannedTask = { id: TASK_ID, ...who, needs: [], retry: { max: 1, backoff: 'exponential', baseMs: 200 }, steps: [], text: literally(text) };
  return { plan: { name: text.slice(0, SHOWN), workspace, goal: text, tasks: [task] }, task: TASK_ID };
}
