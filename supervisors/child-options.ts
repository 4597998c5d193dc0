// Child specs in the words of the embedding API, checked at definition: every mistake names its path and what was meant.
import type { AnyActorLogic } from 'xstate';
import { checkChildSpec, checkCount, checkFlag, checkKeys, checkWord, refuseSpec } from '../runtime/check-child-spec.ts';
import type { Backoff, ChildSpec, RestartType, Shutdown, SupervisorBehaviour, SupervisorHost } from '../runtime/index.ts';
import { checkDurableLogic } from './check-behaviour.ts';
import { AUTO_SHUTDOWN, type AutoShutdown } from './child-keeper.ts';
import type { Template } from './dynamic-children.ts';
import type { Intensity } from './restart-intensity.ts';
import { STRATEGIES, type Strategy } from './restart-plan.ts';
import { supervisorMachine } from './supervisor.machine.ts';
import { ChildWork, type WorkOptions } from './supervisor-work.ts';

export interface ChildOptions {
  /** Default permanent. */
  readonly restart?: RestartType;
  /** Default 5,000 ms for workers; supervisors have no deadline. */
  readonly shutdownMs?: number;
  readonly shutdown?: Shutdown;
  /** Its end by itself may end its supervisor; see `autoShutdown`. */
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
  /** Default false: mail that a dynamic child leaves behind is dead (`noproc`). True: its next incarnation takes it (K25). */
  readonly inherit?: boolean;
  /** Whether a durable worker may leave memory while it is idle. Default: as a dynamic child yes, else no. With false a boot starts it too (K27). */
  readonly passivate?: boolean;
  readonly owner?: string;
  /** Default false: it ends when one that it is linked to ends abnormally. True: it gets `EXIT` instead. */
  readonly trapExits?: boolean;
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
  /** Default 1 restart in 5,000 ms, counted over all children. */
  readonly intensity?: number;
  readonly periodMs?: number;
}

const DEFAULTS: WorkerOptions = Object.freeze({});
const NONE: readonly string[] = Object.freeze([]);
const CHILD_KEYS = ['restart', 'shutdownMs', 'shutdown', 'significant', 'backoff'];
const WORKER_KEYS = [...CHILD_KEYS, 'durable', 'input', 'version', 'migrate', 'ignore', 'postpone', 'groups', 'restartFrom', 'inherit', 'passivate', 'owner', 'trapExits'];
const SUPERVISOR_KEYS = [...CHILD_KEYS, 'strategy', 'intensity', 'periodMs', 'autoShutdown', 'children'];
const DYNAMIC_KEYS = [...CHILD_KEYS, 'durable', 'templates', 'maxChildren', 'intensity', 'periodMs'];

/** What workers and supervisors have in common, checked as a spec once it is whole. */
function common(id: string, options: ChildOptions, shutdown: Shutdown): Omit<ChildSpec, 'type' | 'behaviour'> {
  if (options.shutdown !== undefined && options.shutdownMs !== undefined) refuseSpec(`${id}.shutdown`, 'given twice: as shutdown and as shutdownMs');
  return {
    id,
    restart: options.restart ?? 'permanent',
    shutdown: options.shutdown ?? options.shutdownMs ?? shutdown,
    significant: options.significant ?? false,
    backoff: options.backoff,
  };
}

/** A worker's child spec. Throws `InvalidChildSpec`, or `InvalidBehaviour` for a statechart that cannot be durable. */
export function worker(id: string, logic: AnyActorLogic, options: WorkerOptions = DEFAULTS): ChildSpec {
  checkKeys(id, options, WORKER_KEYS);
  const durable = options.durable ?? false;
  const behaviour = {
    kind: 'worker' as const,
    logic,
    durable,
    input: options.input,
    version: options.version === undefined ? undefined : String(options.version),
    migrate: options.migrate,
    ignore: options.ignore ?? NONE,
    postpone: options.postpone ?? NONE,
    groups: options.groups ?? NONE,
    restartFrom: options.restartFrom ?? ('snapshot' as const),
    inherit: options.inherit ?? false,
    passivate: options.passivate,
    owner: options.owner,
    trapExits: options.trapExits ?? false,
  };
  const spec = checkChildSpec({ ...common(id, options, 5_000), type: 'worker', behaviour });
  if (durable) checkDurableLogic(id, logic);
  return spec;
}

function behaviourOf(options: WorkOptions): SupervisorBehaviour {
  const { children } = options;
  const dynamic = 'templates' in children;
  return {
    kind: 'supervisor',
    logic: (host: SupervisorHost) => supervisorMachine(new ChildWork(host, options)),
    rows: dynamic && children.durable,
    initial: new Map(dynamic ? [] : children.map(({ id, behaviour }) => [id, behaviour])),
  };
}

/** With an id: the child spec of a supervisor. Without: the behaviour of a root. Throws `InvalidChildSpec`. */
export function supervisor(id: string, options: SupervisorOptions): ChildSpec;
export function supervisor(options: SupervisorOptions): SupervisorBehaviour;
export function supervisor(first: string | SupervisorOptions, second: SupervisorOptions = {}): ChildSpec | SupervisorBehaviour {
  const [id, options] = typeof first === 'string' ? [first, second] : ['root', first];
  const behaviour = behaviourOf(checkSupervisor(id, options));
  return typeof first === 'string' ? checkChildSpec({ ...common(id, options, 'infinity'), type: 'supervisor', behaviour }) : behaviour;
}

function checkSupervisor(id: string, options: SupervisorOptions): WorkOptions {
  checkKeys(id, options, SUPERVISOR_KEYS);
  const { strategy = 'one_for_one', autoShutdown = 'never', children = [] } = options;
  checkWord(`${id}.strategy`, strategy, STRATEGIES);
  checkWord(`${id}.autoShutdown`, autoShutdown, AUTO_SHUTDOWN);
  if (!Array.isArray(children)) refuseSpec(`${id}.children`, 'is not a list of child specs');
  const seen = new Set<string>();
  children.forEach((child, index) => {
    const path = `${id}.children[${index}]`;
    checkChildSpec(child, path);
    if (seen.has(child.id)) refuseSpec(`${path}.id`, `'${child.id}' is the id of an earlier child too`);
    if (child.significant && autoShutdown === 'never') refuseSpec(`${path}.significant`, `means nothing while ${id}.autoShutdown is 'never' (OTP)`);
    seen.add(child.id);
  });
  return { ...checkIntensity(id, options), strategy, autoShutdown, children };
}

function checkIntensity(id: string, options: { readonly intensity?: number; readonly periodMs?: number }): Intensity {
  const { intensity = 1, periodMs = 5_000 } = options;
  checkCount(`${id}.intensity`, intensity, 0);
  checkCount(`${id}.periodMs`, periodMs, 1);
  return { intensity, periodMs };
}

/** Children on demand, unordered (OTP's simple_one_for_one, Elixir's DynamicSupervisor). Throws `InvalidChildSpec`. */
export function dynamicSupervisor(id: string, options: DynamicSupervisorOptions = {}): ChildSpec {
  checkKeys(id, options, DYNAMIC_KEYS);
  const { durable = false, templates = {}, maxChildren = Number.MAX_SAFE_INTEGER } = options;
  checkFlag(`${id}.durable`, durable);
  checkCount(`${id}.maxChildren`, maxChildren, 1);
  for (const [name, template] of Object.entries(templates)) if (typeof template !== 'function') refuseSpec(`${id}.templates.${name}`, 'is not a function of (input, id)');
  const children = { durable, templates, maxChildren };
  const behaviour = behaviourOf({ ...checkIntensity(id, options), strategy: 'one_for_one', autoShutdown: 'never', children });
  return checkChildSpec({ ...common(id, options, 'infinity'), type: 'supervisor', behaviour });
}
