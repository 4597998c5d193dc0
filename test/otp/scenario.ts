// A supervision tree and what is done to it, as values: drawn at random, shrunk, written down, and run on Erlang and on ours.
import fc from 'fast-check';

export type Restart = 'permanent' | 'transient' | 'temporary';
export type Reason = 'normal' | 'shutdown' | 'shutdown_term' | 'crash' | 'kill';
export type Outcome = 'ok' | 'error' | 'crash' | 'ignore';

/** How a worker ends: when it is asked to, at once or after a while; never, so that it is killed; or it is killed unasked. */
export type Ending =
  | { readonly stop: 'prompt' | 'slow'; readonly shutdown: 5_000 | 'infinity' | 'brutal_kill' }
  | { readonly stop: 'deaf'; readonly shutdown: 100 | 'brutal_kill' };

export interface Worker {
  readonly kind: 'worker';
  readonly id: string;
  readonly restart: Restart;
  readonly significant: boolean;
  readonly ending: Ending;
  /** What its starts lead to, one after the other; the last for ever. */
  readonly plan: readonly Outcome[];
}

export interface StaticSupervisor {
  readonly kind: 'static';
  readonly id: string;
  readonly restart: Restart;
  readonly significant: boolean;
  readonly strategy: 'one_for_one' | 'one_for_all' | 'rest_for_one';
  readonly intensity: number;
  readonly periodS: number;
  readonly autoShutdown: 'never' | 'any_significant' | 'all_significant';
  readonly children: readonly Child[];
}

/** OTP's simple_one_for_one: all its children are of one template, and none is there at first. */
export interface DynamicSupervisor {
  readonly kind: 'dynamic';
  readonly id: string;
  readonly restart: Restart;
  readonly significant: boolean;
  readonly intensity: number;
  readonly periodS: number;
  readonly template: Pick<Worker, 'restart' | 'ending'>;
}

export type Child = Worker | StaticSupervisor | DynamicSupervisor;

export type Act =
  | { readonly do: 'exit'; readonly id: string; readonly reason: Reason }
  /** Their supervisor hears of both at once. */
  | { readonly do: 'together'; readonly supervisor: string; readonly falls: ReadonlyArray<{ readonly id: string; readonly reason: Reason }> }
  | { readonly do: 'start'; readonly supervisor: string; readonly child: Worker }
  | { readonly do: 'start_dynamic'; readonly supervisor: string; readonly id: string; readonly plan: readonly Outcome[] }
  | { readonly do: 'terminate' | 'restart' | 'delete'; readonly supervisor: string; readonly id: string }
  | { readonly do: 'get_childspec'; readonly supervisor: string; readonly id: string }
  /** Of one that has only workers below it; `above` is its own supervisor. */
  | { readonly do: 'kill_supervisor'; readonly above: string; readonly id: string }
  | { readonly do: 'terminate_dynamic'; readonly supervisor: string; readonly id: string }
  | { readonly do: 'which' | 'which_dynamic' | 'count'; readonly supervisor: string }
  /** Longer than every period. */
  | { readonly do: 'pass' };

export interface Scenario {
  readonly root: StaticSupervisor;
  readonly script: readonly Act[];
}

/** Restarts count for this long. OTP counts whole seconds, so what is to lie within it takes far less, and what is to lie outside far more. */
export const PERIOD_S = 3;
/** A period that no pause outlasts. */
export const LONG_PERIOD_S = 3_600;
export const PASS_MS = 5_000;
/** How long a deaf child is waited for. */
export const DEAF_MS = 100;
/** How long a slow child takes to end. */
export const SLOW_MS = 20;

const restart = fc.constantFrom<Restart>('permanent', 'transient', 'temporary');
const reason = fc.constantFrom<Reason>('crash', 'kill', 'normal', 'shutdown', 'shutdown_term');
const ending: fc.Arbitrary<Ending> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Ending>({ stop: 'prompt', shutdown: 5_000 }) },
  { weight: 1, arbitrary: fc.constantFrom<Ending>({ stop: 'prompt', shutdown: 'infinity' }, { stop: 'prompt', shutdown: 'brutal_kill' }) },
  { weight: 1, arbitrary: fc.constantFrom<Ending>({ stop: 'slow', shutdown: 5_000 }, { stop: 'slow', shutdown: 'infinity' }) },
  { weight: 1, arbitrary: fc.constantFrom<Ending>({ stop: 'deaf', shutdown: DEAF_MS }, { stop: 'deaf', shutdown: 'brutal_kill' }) },
);
const later = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Outcome[]>([]) },
  { weight: 2, arbitrary: fc.array(fc.constantFrom<Outcome>('ok', 'error', 'crash', 'ignore'), { maxLength: 3 }) },
);
/** Mostly it starts; sometimes a later start fails, or all of them from some time on. The smaller the weight, the more often the first. */
const planOf = (weight: number) =>
  fc
    .tuple(fc.oneof({ weight, arbitrary: fc.constant<Outcome>('ok') }, { weight: 1, arbitrary: fc.constantFrom<Outcome>('error', 'crash', 'ignore', 'ignore') }), later)
    .map(([first, rest]) => [first, ...rest] as const);
const plan = planOf(25);

interface Draft {
  readonly restart: Restart;
  readonly significant: boolean;
  readonly worker: Pick<Worker, 'ending' | 'plan'>;
  readonly supervisor: Pick<StaticSupervisor, 'strategy' | 'intensity' | 'periodS' | 'autoShutdown'>;
  readonly template: DynamicSupervisor['template'];
  readonly shape: 'worker' | 'static' | 'dynamic';
  readonly children: readonly Draft[];
}

function draft(depth: number): fc.Arbitrary<Draft> {
  const shapes: Array<{ weight: number; arbitrary: fc.Arbitrary<Draft['shape']> }> = [{ weight: 6, arbitrary: fc.constant('worker' as const) }];
  if (depth > 0) shapes.push({ weight: 2, arbitrary: fc.constant('static' as const) }, { weight: 1, arbitrary: fc.constant('dynamic' as const) });
  return fc.record({
    restart,
    significant: fc.boolean(),
    worker: fc.record({ ending, plan }),
    supervisor: fc.record({
      strategy: fc.constantFrom<StaticSupervisor['strategy']>('one_for_one', 'one_for_all', 'rest_for_one'),
      intensity: fc.nat({ max: 3 }),
      periodS: fc.constantFrom(PERIOD_S, PERIOD_S, LONG_PERIOD_S),
      autoShutdown: fc.constantFrom<StaticSupervisor['autoShutdown']>('never', 'never', 'any_significant', 'all_significant'),
    }),
    template: fc.record({ restart, ending }),
    shape: fc.oneof(...shapes),
    children: depth > 0 ? fc.array(draft(depth - 1), { minLength: 1, maxLength: 4 }) : fc.constant<Draft[]>([]),
  });
}

/** Gives everybody a name, and keeps to what both sides take: nobody is significant who is permanent, or whose supervisor never shuts down for it. */
function build(from: Draft, mayMatter: boolean, names: { next: number }): Child {
  names.next += 1;
  const significant = mayMatter && from.significant && from.restart !== 'permanent';
  const common = { restart: from.restart, significant };
  if (from.shape === 'worker') return { kind: 'worker', id: `w${names.next}`, ...common, ...from.worker };
  if (from.shape === 'dynamic')
    return { kind: 'dynamic', id: `d${names.next}`, ...common, intensity: from.supervisor.intensity, periodS: from.supervisor.periodS, template: from.template };
  return buildStatic(from, common, names);
}

function buildStatic(from: Draft, common: Pick<StaticSupervisor, 'restart' | 'significant'>, names: { next: number }): StaticSupervisor {
  const id = `s${names.next}`;
  const children = from.children.map((child) => build(child, from.supervisor.autoShutdown !== 'never', names));
  return { kind: 'static', id, ...common, ...from.supervisor, children };
}

export function everybody(child: Child): Child[] {
  return child.kind === 'static' ? [child, ...child.children.flatMap(everybody)] : [child];
}

interface Pick3 {
  readonly what: number;
  readonly where: number;
  readonly who: number;
  readonly other: number;
  readonly reason: Reason;
  readonly second: Reason;
  readonly worker: Draft;
  readonly plan: readonly Outcome[];
}

const at = <T>(list: readonly T[], index: number): T => list[index % list.length] as T;

function isFlat(child: Child): boolean {
  return child.kind === 'dynamic' || (child.kind === 'static' && child.children.every(({ kind }) => kind === 'worker'));
}

function killOf(id: string, root: StaticSupervisor): Act {
  const above = everybody(root).find((child) => child.kind === 'static' && child.children.some((below) => below.id === id));
  return { do: 'kill_supervisor', above: above?.id ?? 'nobody', id };
}

/** What is drawn becomes an act on somebody who is, was or could be there. */
function act(pick: Pick3, root: StaticSupervisor, order: number, before: readonly Act[]): Act {
  const all = everybody(root);
  const added = before.filter((earlier) => earlier.do === 'start');
  const statics = all.filter((child) => child.kind === 'static');
  const dynamics = all.filter((child) => child.kind === 'dynamic');
  const workers = [...all.filter((child) => child.kind === 'worker').map(({ id }) => id), ...added.map(({ child }) => child.id)];
  const born = dynamics.flatMap(({ id }) => [`${id}x`, `${id}y`]);
  const supervisor = at(statics, pick.where);
  const known = [...supervisor.children.map(({ id }) => id), ...added.filter((earlier) => earlier.supervisor === supervisor.id).map(({ child }) => child.id)];
  const dynamic = dynamics.length === 0 ? undefined : at(dynamics, pick.where);
  const kind = pick.what;
  const flat = all.filter((child) => child.kind !== 'worker' && isFlat(child));
  if (kind === 16 && flat.length > 0) return killOf(at(flat, pick.who).id, root);
  const id = pick.other % 8 === 0 ? 'w0' : at(known, pick.who);
  if (kind >= 20) return { do: 'exit', id: at(workers.length > 0 ? workers : ['w0'], pick.who), reason: 'crash' };
  if (kind === 12 || kind === 19) return { do: 'pass' };
  if (kind >= 17) return { do: 'get_childspec', supervisor: supervisor.id, id };
  if (kind < 5 || (dynamic === undefined && kind >= 13)) return { do: 'exit', id: at([...workers, ...born, 'w0'], pick.who), reason: pick.reason };
  if (kind === 5) {
    const own = supervisor.children.filter((child) => child.kind === 'worker').map(({ id }) => id);
    if (own.length < 2) return { do: 'exit', id: at([...workers, 'w0'], pick.who), reason: pick.reason };
    const first = pick.who % own.length;
    const second = (first + 1 + (pick.other % (own.length - 1))) % own.length;
    return {
      do: 'together',
      supervisor: supervisor.id,
      falls: [
        { id: own[first] as string, reason: pick.reason },
        { id: own[second] as string, reason: pick.second },
      ],
    };
  }
  if (kind === 6) {
    // An id of a supervisor stays one's: what is done to it is not what is done to a worker.
    const own = known.filter((id) => workers.includes(id));
    const taken = pick.other % 3 === 0 && own.length > 0 ? at(own, pick.who) : `n${order}`;
    const child = build({ ...pick.worker, shape: 'worker' }, supervisor.autoShutdown !== 'never', { next: 0 }) as Worker;
    return { do: 'start', supervisor: supervisor.id, child: { ...child, id: taken, plan: pick.plan } };
  }
  if (kind < 10) return { do: at(['terminate', 'restart', 'delete'] as const, kind), supervisor: supervisor.id, id };
  if (kind === 10) return { do: 'which', supervisor: supervisor.id };
  if (kind === 11) return { do: 'count', supervisor: supervisor.id };
  if (dynamic === undefined) return { do: 'which', supervisor: supervisor.id };
  if (kind === 13) return { do: 'terminate_dynamic', supervisor: dynamic.id, id: `${dynamic.id}${at(['x', 'y'], pick.who)}` };
  if (kind === 14) return { do: 'which_dynamic', supervisor: dynamic.id };
  return { do: 'start_dynamic', supervisor: dynamic.id, id: `${dynamic.id}${at(['x', 'y'], pick.who)}`, plan: undeclined(pick.worker.worker.plan) };
}

/** A dynamic child that declines is one that the one side forgets and the other holds: see docs/otp-differences.md. */
function undeclined(plan: readonly Outcome[]): Outcome[] {
  return plan.map((outcome) => (outcome === 'ignore' ? 'ok' : outcome));
}

const pick = fc.record({
  what: fc.nat({ max: 21 }),
  where: fc.nat({ max: 20 }),
  who: fc.nat({ max: 60 }),
  other: fc.nat({ max: 60 }),
  reason,
  second: reason,
  worker: draft(0),
  plan: planOf(2),
});

/** At most two passes of time: they take as long as they say on the one side. */
function withFewPasses(script: readonly Act[]): Act[] {
  let passes = 0;
  return script.filter((step) => {
    if (step.do !== 'pass') return true;
    passes += 1;
    return passes <= 2;
  });
}

/** An id under which a dynamic child was started is not used for a second one while the first may be there: OTP gives its children no ids. */
function withFreshDynamics(script: readonly Act[]): Act[] {
  const used = new Set<string>();
  return script.filter((step) => {
    if (step.do !== 'start_dynamic') return true;
    const fresh = !used.has(step.id);
    used.add(step.id);
    return fresh;
  });
}

export const scenarios: fc.Arbitrary<Scenario> = fc.tuple(draft(2), fc.array(pick, { minLength: 1, maxLength: 14 })).map(([top, picks]) => {
  const root = buildStatic({ ...top, shape: 'static' }, { restart: 'temporary', significant: false }, { next: 0 });
  const acts: Act[] = [];
  picks.forEach((one, order) => void acts.push(act(one, root, order, acts)));
  return { root, script: withFreshDynamics(withFewPasses(acts)) };
});
