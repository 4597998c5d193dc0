// Whether the parts of a plan go together: agents that exist, needs that can be met, steps that are one thing each.
import { isGuestName } from '../guest/guest-context.ts';
import type { FieldPath } from '../source-file/index.ts';
import { suggest } from '../source-file/index.ts';
import { findCycle } from './plan-graph.ts';
import type { PlanFile, StepFile, TaskFile } from './plan-schema.ts';
import { STEP_KINDS } from './plan-schema.ts';
import { kindsOf } from './planned-step.ts';

/** Who may be named by a plan. */
export interface Roster {
  readonly agents: readonly { readonly name: string; readonly capabilities: readonly string[] }[];
}

export interface Mistake {
  readonly path: FieldPath;
  readonly message: string;
}

const mistake = (path: FieldPath, message: string): Mistake => ({ path, message });

/** Names that templates give to something else. */
const TAKEN_IDS: readonly string[] = ['node', 'plan', 'steps'];

export function checkPlan(plan: PlanFile, roster: Roster): Mistake[] {
  return [...checkIds(plan), ...plan.tasks.flatMap((task, index) => checkTask(plan, task, ['tasks', index], roster)), ...checkCycle(plan)];
}

function checkIds({ tasks }: PlanFile): Mistake[] {
  const first = new Map<string, number>();
  return tasks.flatMap(({ id }, index) => {
    const path = ['tasks', index, 'id'];
    if (TAKEN_IDS.includes(id)) return [mistake(path, `'${id}' means something else in templates: choose another id`)];
    const before = first.get(id);
    if (before !== undefined) return [mistake(path, `'${id}' is the id of tasks[${before}] already`)];
    first.set(id, index);
    return [];
  });
}

function checkCycle({ tasks }: PlanFile): Mistake[] {
  const cycle = findCycle(tasks.map(({ id, needs = [] }) => ({ id, needs })));
  if (cycle === undefined) return [];
  const [id = '', need = ''] = cycle;
  const index = tasks.findIndex((task) => task.id === id);
  const path = ['tasks', index, 'needs', (tasks[index]?.needs ?? []).indexOf(need)];
  return [mistake(path, id === need ? `'${id}' needs itself` : `a cycle: ${cycle.join(' needs ')}`)];
}

function checkTask(plan: PlanFile, task: TaskFile, path: FieldPath, roster: Roster): Mistake[] {
  const taker = task.text === undefined ? checkTaker(task, path, roster) : checkGuest(task, path);
  const steps = (task.steps ?? []).flatMap((step, index) => checkStep(step, [...path, 'steps', index], roster));
  return [...checkWork(task, path), ...taker, ...checkNeeds(plan, task, path), ...steps];
}

function checkWork({ steps, text }: TaskFile, path: FieldPath): Mistake[] {
  if (steps !== undefined && text !== undefined)
    return [mistake([...path, 'text'], 'says what to do, as steps do: make it two tasks, the words for a guest and the steps for an agent')];
  return steps === undefined && text === undefined ? [mistake(path, 'does nothing: give it steps, or text for a guest')] : [];
}

/** Guests come and go, so that their names and what they can do are not known here. */
function checkGuest({ agent, capability }: TaskFile, path: FieldPath): Mistake[] {
  if (agent !== undefined && capability !== undefined) return [bothTakers(path)];
  if (agent === undefined || isGuestName(agent)) return [];
  return [mistake([...path, 'agent'], `'${agent}' takes no tasks in words: name a guest ('guest.${agent}'), or a capability, or nobody, and any guest may take it`)];
}

const bothTakers = (path: FieldPath): Mistake => mistake([...path, 'capability'], 'names who takes the task, as agent does: keep one of the two');

function checkTaker({ agent, capability }: TaskFile, path: FieldPath, { agents }: Roster): Mistake[] {
  if (agent !== undefined && capability !== undefined) return [bothTakers(path)];
  if (agent !== undefined) return checkAgent(agent, [...path, 'agent'], { agents });
  if (capability === undefined) return [mistake(path, 'names neither agent nor capability: who should take it?')];
  const wanted = [capability].flat();
  const known = [...new Set(agents.flatMap(({ capabilities }) => capabilities))].sort();
  const unknown = wanted.filter((word) => !known.includes(word));
  if (unknown.length > 0) return unknown.map((word) => mistake([...path, 'capability'], `no agent has '${word}'${suggest(word, known)}`));
  if (agents.some(({ capabilities }) => wanted.every((word) => capabilities.includes(word)))) return [];
  return [mistake([...path, 'capability'], `no agent has all of ${wanted.join(', ')}`)];
}

function checkAgent(name: string, path: FieldPath, { agents }: Roster): Mistake[] {
  const names = agents.map((agent) => agent.name);
  return names.includes(name) ? [] : [mistake(path, `no agent '${name}'${suggest(name, names)}`)];
}

function checkNeeds({ tasks }: PlanFile, { id, needs = [] }: TaskFile, path: FieldPath): Mistake[] {
  const ids = tasks.map((task) => task.id);
  return needs.flatMap((need, index) => {
    const at = [...path, 'needs', index];
    if (needs.indexOf(need) !== index) return [mistake(at, `'${need}' is needed twice`)];
    const others = ids.filter((other) => other !== id);
    return ids.includes(need) ? [] : [mistake(at, `no task '${need}'${suggest(need, others)}`)];
  });
}

function checkStep(step: StepFile, path: FieldPath, roster: Roster): Mistake[] {
  const kinds = kindsOf(step);
  const [kind] = kinds;
  if (kind === undefined) return [mistake(path, `does nothing: give it one of ${STEP_KINDS.join(', ')}`)];
  if (kinds.length > 1) return [mistake(path, `is ${kinds.join(' and ')} at once: make it ${kinds.length} steps`)];
  const misplaced = step.cwd !== undefined && kind !== 'bash' ? [mistake([...path, 'cwd'], 'is for commands only')] : [];
  return [...misplaced, ...checkFile(step, path), ...checkUrl(step, path), ...checkMessage(step, path, roster)];
}

/** What each operation needs besides its path, and takes. */
const FILE_NEEDS = { write: 'content', append: 'content', move: 'to' } as const;

function checkFile({ file }: StepFile, path: FieldPath): Mistake[] {
  if (file === undefined) return [];
  const needed = file.op in FILE_NEEDS ? FILE_NEEDS[file.op as keyof typeof FILE_NEEDS] : undefined;
  return (['content', 'to'] as const).flatMap((key) => {
    if (key === needed && file[key] === undefined) return [mistake([...path, 'file', key], `is missing: ${file.op} needs it`)];
    if (key !== needed && file[key] !== undefined) return [mistake([...path, 'file', key], `is nothing that ${file.op} takes`)];
    return [];
  });
}

function checkUrl({ api }: StepFile, path: FieldPath): Mistake[] {
  if (api === undefined || api.url.includes('{{') || /^https?:\/\/[^/]/i.test(api.url)) return [];
  return [mistake([...path, 'api', 'url'], `'${api.url}' is no http or https URL`)];
}

function checkMessage({ message, idempotent, timeoutMs }: StepFile, path: FieldPath, roster: Roster): Mistake[] {
  if (message === undefined) return [];
  const idle = [...(idempotent === undefined ? [] : ['idempotent']), ...(timeoutMs === undefined ? [] : ['timeoutMs'])];
  const useless = idle.map((key) => mistake([...path, key], 'is nothing for a message: it goes out once, under its own key'));
  return [...checkAgent(message.to, [...path, 'message', 'to'], roster), ...useless];
}
