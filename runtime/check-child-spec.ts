// Checks child specs at definition and where they come in at run time: a mistake names its path and what was meant.
import { isAddress, isSegment } from './address.ts';
import type { Behaviour, WorkerBehaviour } from './behaviour.ts';
import { type Backoff, type ChildSpec, RESTART_TYPES, type RestartType, type Shutdown } from './child-spec.ts';
import { didYouMean } from './did-you-mean.ts';
import { codedError } from './errors.ts';

const SPEC_KEYS = ['id', 'type', 'restart', 'shutdown', 'significant', 'backoff', 'behaviour'];
const BACKOFF_KEYS = ['baseMs', 'maxMs', 'resetAfterMs'];
const WORD_LISTS = ['ignore', 'postpone', 'groups'] as const;

export function refuseSpec(path: string, problem: string): never {
  throw codedError('InvalidChildSpec', { path, problem });
}

/** Refuses keys that nobody reads: a mistyped option would otherwise be a silent default. */
export function checkKeys(path: string, given: object, known: readonly string[]): void {
  for (const key of Object.keys(given)) {
    if (known.includes(key)) continue;
    const meant = didYouMean(key, known);
    refuseSpec(`${path}.${key}`, meant === undefined ? `unknown; known are ${known.join(', ')}` : `unknown; did you mean '${meant}'?`);
  }
}

export function checkWord(path: string, word: unknown, known: readonly string[]): void {
  if (typeof word === 'string' && known.includes(word)) return;
  const meant = typeof word === 'string' ? didYouMean(word, known) : undefined;
  refuseSpec(path, `${show(word)} is none of ${known.join(', ')}${meant === undefined ? '' : `; did you mean '${meant}'?`}`);
}

/** A whole number of at least `least`. */
export function checkCount(path: string, value: unknown, least: number): void {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least) refuseSpec(path, `${show(value)} is not a whole number of at least ${least}`);
}

export function checkFlag(path: string, value: unknown): void {
  if (typeof value !== 'boolean') refuseSpec(path, `${show(value)} is not true or false`);
}

/** A spec that was found right. A copy with a change is none. */
class CheckedSpec implements ChildSpec {
  readonly id: string;
  readonly type: ChildSpec['type'];
  readonly restart: RestartType;
  readonly shutdown: Shutdown;
  readonly significant: boolean;
  readonly backoff: Backoff | undefined;
  readonly behaviour: Behaviour;

  constructor(spec: ChildSpec) {
    this.id = spec.id;
    this.type = spec.type;
    this.restart = spec.restart;
    this.shutdown = spec.shutdown;
    this.significant = spec.significant;
    this.backoff = spec.backoff;
    this.behaviour = spec.behaviour;
  }
}

/** Returns the spec, which is not checked a second time, or throws `InvalidChildSpec` with the path of the first wrong value. */
export function checkChildSpec(spec: ChildSpec, path: string = spec?.id ?? 'child'): ChildSpec {
  if (spec instanceof CheckedSpec) return spec;
  if (typeof spec !== 'object' || spec === null) refuseSpec(path, `${show(spec)} is not a child spec`);
  checkKeys(path, spec, SPEC_KEYS);
  if (typeof spec.id !== 'string' || !isSegment(spec.id)) refuseSpec(`${path}.id`, `${show(spec.id)} must match [A-Za-z0-9][A-Za-z0-9_.:@-]*`);
  checkWord(`${path}.restart`, spec.restart, RESTART_TYPES);
  checkShutdown(`${path}.shutdown`, spec.shutdown);
  checkFlag(`${path}.significant`, spec.significant);
  if (spec.significant && spec.restart === 'permanent') refuseSpec(`${path}.significant`, 'a permanent child cannot be significant (OTP): it never ends by itself');
  if (spec.backoff !== undefined) checkBackoff(`${path}.backoff`, spec.backoff);
  checkBehaviour(path, spec.behaviour);
  checkWord(`${path}.type`, spec.type, [spec.behaviour.kind]);
  return new CheckedSpec(spec);
}

function checkShutdown(path: string, shutdown: Shutdown): void {
  if (typeof shutdown === 'number') checkCount(path, shutdown, 0);
  else checkWord(path, shutdown, ['infinity', 'brutal_kill']);
}

function checkBackoff(path: string, backoff: Backoff): void {
  if (typeof backoff !== 'object' || backoff === null) refuseSpec(path, `${show(backoff)} is not { ${BACKOFF_KEYS.join(', ')} }`);
  checkKeys(path, backoff, BACKOFF_KEYS);
  checkCount(`${path}.baseMs`, backoff.baseMs, 1);
  checkCount(`${path}.maxMs`, backoff.maxMs, backoff.baseMs);
  checkCount(`${path}.resetAfterMs`, backoff.resetAfterMs, 0);
}

function checkBehaviour(path: string, behaviour: Behaviour): void {
  checkWord(`${path}.behaviour.kind`, behaviour?.kind, ['worker', 'supervisor']);
  if (behaviour.kind === 'worker') checkWorker(path, behaviour);
  else if (typeof behaviour.logic !== 'function') refuseSpec(`${path}.behaviour.logic`, 'is no function of a supervisor host');
}

function checkWorker(path: string, worker: WorkerBehaviour): void {
  if (typeof worker.logic?.transition !== 'function' || typeof worker.logic.getInitialSnapshot !== 'function')
    refuseSpec(`${path}.logic`, `${show(worker.logic)} is no XState actor logic, such as a machine`);
  checkFlag(`${path}.durable`, worker.durable);
  checkWord(`${path}.restartFrom`, worker.restartFrom, ['snapshot', 'initial']);
  checkFlag(`${path}.trapExits`, worker.trapExits);
  checkFlag(`${path}.inherit`, worker.inherit);
  if (worker.passivate !== undefined) checkFlag(`${path}.passivate`, worker.passivate);
  if (worker.passivate === true && !worker.durable) refuseSpec(`${path}.passivate`, 'what a volatile worker holds would be lost: say durable too');
  if (worker.inherit && !worker.durable) refuseSpec(`${path}.inherit`, 'a volatile worker has no mail to leave: say durable too');
  if (worker.migrate !== undefined && typeof worker.migrate !== 'function') refuseSpec(`${path}.migrate`, `${show(worker.migrate)} is not a function of (snapshot, from)`);
  if (worker.owner !== undefined && !isAddress(worker.owner)) refuseSpec(`${path}.owner`, `${show(worker.owner)} is not an address`);
  for (const list of WORD_LISTS) {
    const words: unknown = worker[list];
    if (!Array.isArray(words) || !words.every((word) => typeof word === 'string')) refuseSpec(`${path}.${list}`, `${show(words)} is not a list of names`);
  }
}

function show(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  return typeof value === 'object' && value !== null ? (Array.isArray(value) ? 'a list' : 'an object') : typeof value === 'function' ? 'a function' : String(value);
}
