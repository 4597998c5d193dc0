// Child specs in the words of the embedding API, checked at definition: every mistake names its path and what was meant.
import type { AnyActorLogic } from 'xstate';
import { didYouMean } from '../runtime/did-you-mean.ts';
import { type Backoff, type ChildSpec, codedError, isSegment, RESTART_TYPES, type RestartType, type Shutdown, type SupervisorBehaviour, type SupervisorHost } from '../runtime/index.ts';
import { checkDurableLogic } from './check-behaviour.ts';
import type { AutoShutdown } from './child-keeper.ts';
import { STRATEGIES, type Strategy } from './restart-plan.ts';
import { supervisorMachine } from './supervisor.machine.ts';
import { ChildWork, type Template, type WorkOptions } from './supervisor-work.ts';

export interface ChildOptions {
  /** Default permanent. */
  readonly restart?: RestartType;
  /** Default 5,000 ms for workers; supervisors have no deadline. */
  readonly shutdownMs?: number;
  readonly shutdown?: Shutdown;
  readonly significant?: boolean;
  readonly backoff?: Backoff;
}

export interface WorkerOptions extends ChildOptions {
  /** Default false. */
  readonly durable?: boolean;
  readonly input?: unknown;
  /** Version of the state's shape, for restore. */
  readonly version?: number | string;
  readonly migrate?: (snapshot: unknown, from: string) => unknown;
  readonly ignore?: readonly string[];
  readonly postpone?: readonly string[];
  readonly groups?: readonly string[];
  readonly restartFrom?: 'snapshot' | 'initial';
  readonly owner?: string;
}

export interface SupervisorOptions extends ChildOptions {
  readonly strategy?: Strategy;
  /** Default 1 restart in 5,000 ms, as in OTP. */
  readonly intensity?: number;
  readonly periodMs?: number;
  readonly autoShutdown?: AutoShutdown;
  readonly children?: readonly ChildSpec[];
}

export interface DynamicSupervisorOptions extends ChildOptions {
  /** Children have rows in the journal and come back with the node (K25). */
  readonly durable?: boolean;
  readonly templates?: Readonly<Record<string, Template>>;
  readonly maxChildren?: number;
  readonly intensity?: number;
  readonly periodMs?: number;
}

const CHILD_KEYS = ['restart', 'shutdownMs', 'shutdown', 'significant', 'backoff'];
const WORKER_KEYS = [...CHILD_KEYS, 'durable', 'input', 'version', 'migrate', 'ignore', 'postpone', 'groups', 'restartFrom', 'owner'];
const SUPERVISOR_KEYS = [...CHILD_KEYS, 'strategy', 'intensity', 'periodMs', 'autoShutdown', 'children'];
const DYNAMIC_KEYS = [...CHILD_KEYS, 'durable', 'templates', 'maxChildren', 'intensity', 'periodMs'];

function refuse(path: string, problem: string): never {
  throw codedError('InvalidChildSpec', { path, problem });
}

function checkKeys(path: string, given: object, known: readonly string[]): void {
  for (const key of Object.keys(given)) {
    if (known.includes(key)) continue;
    const meant = didYouMean(key, known);
    refuse(`${path}.${key}`, meant === undefined ? `unknown; known are ${known.join(', ')}` : `unknown; did you mean '${meant}'?`);
  }
}

function checkWord(path: string, word: string, known: readonly string[]): void {
  if (known.includes(word)) return;
  const meant = didYouMean(word, known);
  refuse(path, `'${word}' is none of ${known.join(', ')}${meant === undefined ? '' : `; did you mean '${meant}'?`}`);
}

function checkCount(path: string, value: number | undefined, least: number): void {
  if (value !== undefined && (!Number.isInteger(value) || value < least)) refuse(path, `${value} is not a whole number of at least ${least}`);
}

function common(id: string, options: ChildOptions, shutdown: Shutdown): Omit<ChildSpec, 'type' | 'behaviour'> {
  if (!isSegment(id)) refuse('id', `'${id}' must match [A-Za-z0-9][A-Za-z0-9_.:@-]*`);
  if (options.restart !== undefined) checkWord(`${id}.restart`, options.restart, RESTART_TYPES);
  checkCount(`${id}.shutdownMs`, options.shutdownMs, 0);
  const restart = options.restart ?? 'permanent';
  if (options.significant === true && restart === 'permanent') refuse(`${id}.significant`, 'a permanent child cannot be significant (OTP)');
  return { id, restart, shutdown: options.shutdown ?? options.shutdownMs ?? shutdown, significant: options.significant ?? false, backoff: options.backoff };
}

/** A worker's child spec. Throws `InvalidChildSpec`, or `InvalidBehaviour` for a statechart that cannot be durable. */
export function worker(id: string, logic: AnyActorLogic, options: WorkerOptions = {}): ChildSpec {
  checkKeys(id, options, WORKER_KEYS);
  const durable = options.durable ?? false;
  if (durable) checkDurableLogic(id, logic);
  const spec = common(id, options, 5_000);
  const behaviour = {
    kind: 'worker' as const,
    logic,
    durable,
    input: options.input,
    version: options.version === undefined ? undefined : String(options.version),
    migrate: options.migrate,
    ignore: options.ignore ?? [],
    postpone: options.postpone ?? [],
    groups: options.groups ?? [],
    restartFrom: options.restartFrom ?? ('snapshot' as const),
    owner: options.owner,
  };
  return { ...spec, type: 'worker', behaviour };
}

function behaviourOf(options: WorkOptions): SupervisorBehaviour {
  return { kind: 'supervisor', logic: (host: SupervisorHost) => supervisorMachine(new ChildWork(host, options)) };
}

/** With an id: the child spec of a supervisor. Without: the behaviour of a root. */
export function supervisor(id: string, options: SupervisorOptions): ChildSpec;
export function supervisor(options: SupervisorOptions): SupervisorBehaviour;
export function supervisor(first: string | SupervisorOptions, second: SupervisorOptions = {}): ChildSpec | SupervisorBehaviour {
  const id = typeof first === 'string' ? first : 'root';
  const options = typeof first === 'string' ? second : first;
  checkKeys(id, options, SUPERVISOR_KEYS);
  checkWord(`${id}.strategy`, options.strategy ?? 'one_for_one', STRATEGIES);
  checkCount(`${id}.intensity`, options.intensity, 0);
  checkCount(`${id}.periodMs`, options.periodMs, 1);
  const children = options.children ?? [];
  const twice = children.find((child, index) => children.findIndex((other) => other.id === child.id) !== index);
  if (twice !== undefined) refuse(`${id}.children`, `two children have the id '${twice.id}'`);
  const behaviour = behaviourOf({
    strategy: options.strategy ?? 'one_for_one',
    intensity: options.intensity ?? 1,
    periodMs: options.periodMs ?? 5_000,
    autoShutdown: options.autoShutdown ?? 'never',
    children,
    dynamic: undefined,
  });
  return typeof first === 'string' ? { ...common(id, options, 'infinity'), type: 'supervisor', behaviour } : behaviour;
}

/** Children on demand, unordered (OTP's simple_one_for_one, Elixir's DynamicSupervisor). */
export function dynamicSupervisor(id: string, options: DynamicSupervisorOptions = {}): ChildSpec {
  checkKeys(id, options, DYNAMIC_KEYS);
  checkCount(`${id}.intensity`, options.intensity, 0);
  checkCount(`${id}.maxChildren`, options.maxChildren, 1);
  const behaviour = behaviourOf({
    strategy: 'one_for_one',
    intensity: options.intensity ?? 3,
    periodMs: options.periodMs ?? 5_000,
    autoShutdown: 'never',
    children: [],
    dynamic: { durable: options.durable ?? false, templates: options.templates ?? {}, maxChildren: options.maxChildren ?? Number.MAX_SAFE_INTEGER },
  });
  return { ...common(id, options, 'infinity'), type: 'supervisor', behaviour };
}
