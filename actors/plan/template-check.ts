// Whether each template of a plan will have a value when its step runs: a task that has ended by then, a step before this one, the node.
import { type FieldPath, suggest } from '../source-file/index.ts';
import type { PlannedStep, PlannedTask } from '../work/types.ts';
import type { Mistake } from './plan-check.ts';
import { transitiveNeeds } from './plan-graph.ts';
import { type Template, templatesOf, unplaceableTemplates } from './template.ts';

/** What the node itself gives to templates: `{{node.health}}`, `{{plan.id}}`; and of the task that runs, unless another has that name, `{{task.attempt}}`. */
export const GIVEN_VARIABLES = { node: ['health'], plan: ['id', 'branch'], task: ['attempt'] } as const;

const STEP_FIELDS = ['status', 'stdout', 'stderr', 'exitCode', 'result'];
const TASK_FIELDS = [...STEP_FIELDS, 'agent', 'attempts', 'steps'];
const WORDS_FIELDS = ['status', 'result', 'agent', 'attempts'];

/** Fields that steps of a kind never have. */
const LACKING: Readonly<Record<PlannedStep['kind'], readonly string[]>> = {
  bash: ['result'],
  file: [],
  api: ['stdout', 'stderr', 'exitCode'],
  query: ['stdout', 'stderr', 'exitCode'],
  deploy: ['stdout', 'stderr', 'exitCode'],
  message: ['stdout', 'stderr', 'exitCode', 'result'],
};

interface Place {
  readonly tasks: readonly PlannedTask[];
  readonly task: PlannedTask;
  readonly needs: ReadonlySet<string>;
  /** Index of the step that holds the template. */
  readonly step: number;
}

/** `tasks` are those of the plan file, in its order. */
export function checkTemplates(tasks: readonly PlannedTask[]): Mistake[] {
  return tasks.flatMap((task, index) => {
    const needs = transitiveNeeds(tasks, task.id);
    if (task.text !== undefined) return checkWords(task.text, ['tasks', index, 'text'], { tasks, task, needs, step: 0 });
    return task.steps.flatMap((planned, step) => checkStep(planned, ['tasks', index, 'steps', step], { tasks, task, needs, step }));
  });
}

function checkStep({ kind, payload }: PlannedStep, path: FieldPath, place: Place): Mistake[] {
  return textsOf(payload, []).flatMap(({ text, keys }) => {
    const field = kind === 'bash' ? keys.map((key) => (key === 'command' ? 'bash' : key)) : [kind, ...keys];
    return checkText(kind, keys[0], text, place).map((message) => ({ path: [...path, ...field], message }));
  });
}

/** Words are filled where the node does not know them yet: with what other tasks gave, and nothing else. */
function checkWords(text: string, path: FieldPath, place: Place): Mistake[] {
  return templatesOf(text).flatMap((template) => {
    const isTask = template.path === null || place.tasks.some(({ id }) => id === template.path?.[0]);
    const why = isTask ? explain(template, place) : 'is not filled in words: only what tasks before this one gave is';
    return why === undefined ? [] : [{ path, message: `{{${template.field}}} ${why}` }];
  });
}

/** Where a value would become code. */
const REFUSALS = [
  { kind: 'query', key: 'sql', refused: templatesOf, why: 'would become part of the SQL: write ? there and give the value in params' },
  { kind: 'deploy', key: 'verify', refused: templatesOf, why: 'would become part of a command: what is verified says for itself what it is' },
  {
    kind: 'bash',
    key: 'command',
    refused: unplaceableTemplates,
    why: 'cannot be inserted there safely: give it a word of its own, away from backquotes, arithmetic, comments and here-documents',
  },
] as const;

function checkText(kind: PlannedStep['kind'], key: string | number | undefined, text: string, place: Place): string[] {
  const refusal = REFUSALS.find((other) => other.kind === kind && other.key === key);
  const refused = new Set(refusal?.refused(text).map(({ span }) => span[0]));
  return templatesOf(text).flatMap((template) => {
    const why = explain(template, place) ?? (refused.has(template.span[0]) ? refusal?.why : undefined);
    return why === undefined ? [] : [`{{${template.field}}} ${why}`];
  });
}

function textsOf(value: unknown, keys: FieldPath): { readonly text: string; readonly keys: FieldPath }[] {
  if (typeof value === 'string') return [{ text: value, keys }];
  if (Array.isArray(value)) return value.flatMap((item, index) => textsOf(item, [...keys, index]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => textsOf(item, [...keys, key]));
}

/** Undefined when the template is right. */
function explain({ path }: Template, place: Place): string | undefined {
  if (path === null) return 'is no template: write {{task.field}}, or {{{{ for two braces';
  const [root = '', field = '', ...rest] = path;
  if (root === 'node' || root === 'plan') return oneOf(field, GIVEN_VARIABLES[root], root);
  if (root === 'task' && !place.tasks.some(({ id }) => id === 'task')) return oneOf(field, GIVEN_VARIABLES.task, root);
  if (root === 'steps') return explainOwn(field, rest, place);
  return explainTask(root, field, rest, place);
}

function explainOwn(index: string, [field]: readonly string[], { task, step }: Place): string | undefined {
  if (!/^\d+$/.test(index)) return 'names no step: write {{steps.0.stdout}}';
  if (Number(index) >= step) return Number(index) < task.steps.length ? `is not known yet: it stands in step ${step}` : `names no step of '${task.id}'`;
  return explainStep(task, Number(index), field);
}

function explainTask(id: string, field: string, rest: readonly string[], { tasks, task, needs }: Place): string | undefined {
  const named = tasks.find((other) => other.id === id);
  if (named === undefined) return `names no task${suggest(id, [...tasks.map((other) => other.id), ...Object.keys(GIVEN_VARIABLES)])}`;
  if (id === task.id) return 'is of this task itself: write {{steps.0.…}}';
  if (!needs.has(id)) return `is not known then: '${task.id}' does not need '${id}'`;
  if (named.text !== undefined) return oneOf(field, WORDS_FIELDS, id);
  if (field !== 'steps') return oneOf(field, TASK_FIELDS, id) ?? lacks(named, named.steps.length - 1, field);
  const [index = '', stepField] = rest;
  if (!/^\d+$/.test(index) || Number(index) >= named.steps.length) return `names no step of '${id}': it has ${named.steps.length}, from 0`;
  return explainStep(named, Number(index), stepField);
}

function explainStep(task: PlannedTask, index: number, field: string | undefined): string | undefined {
  if (field === undefined) return `is a whole step: name one of ${STEP_FIELDS.join(', ')}`;
  return oneOf(field, STEP_FIELDS, `step ${index}`) ?? lacks(task, index, field);
}

function oneOf(field: string, known: readonly string[], owner: string): string | undefined {
  return known.includes(field) ? undefined : `is nothing that ${owner} has${suggest(field, known)}`;
}

function lacks({ id, steps }: PlannedTask, index: number, field: string): string | undefined {
  const kind = steps[index]?.kind;
  if (kind === undefined || !LACKING[kind].includes(field)) return undefined;
  const has = STEP_FIELDS.filter((other) => !LACKING[kind].includes(other));
  return `has no value: step ${index} of '${id}' is a ${kind} step, which has ${has.join(', ')}`;
}
