// What every committed step leaves: its transition under its address. A batch's steps are one JSON list in which each entry says only
// what differs from the step before it, since a busy node writes as many of them as it takes steps.
import type { Address } from './address.ts';
import type { Transition } from './history.ts';

export interface StepFact {
  readonly address: Address;
  readonly transition: Transition;
}

/** A step as its fact tells it. */
export type StepRecord = { readonly address: Address } & Transition;

/**
 * `[{"address":…,"step":…, …}, {"address":"b","step":7}, 9]`: the first entry is whole; one behind it leaves out what is as in the step before, and its
 * number where that is one more; a bare number is so many steps that differ in nothing but that.
 */
export function stepFactsJson(facts: readonly StepFact[]): string {
  let json = '';
  let before: StepFact | undefined;
  let alike = 0;
  for (const fact of facts) {
    const differs = before === undefined ? whole(fact) : difference(before, fact);
    before = fact;
    if (differs === '') {
      alike += 1;
      continue;
    }
    json += `${alike > 0 ? `,${alike}` : ''},{${differs.slice(1)}}`;
    alike = 0;
  }
  if (alike > 0) json += `,${alike}`;
  return `[${json.slice(1)}]`;
}

/** The steps of such a list, each whole again. Earlier versions wrote every entry whole. */
export function readSteps(entries: readonly unknown[]): StepRecord[] {
  const steps: StepRecord[] = [];
  let last: StepRecord | undefined;
  for (const entry of entries) {
    const [times, differs] = typeof entry === 'number' ? [entry, undefined] : [1, entry as Partial<StepRecord>];
    for (let time = 0; time < times; time += 1) {
      last = last === undefined ? (differs as StepRecord) : { ...last, step: last.step + 1, ...differs };
      steps.push(last);
    }
  }
  return steps;
}

function whole({ address, transition: { step, at, epoch, messageId, type, from, to, cause, effects } }: StepFact): string {
  const numbers = `,"address":${JSON.stringify(address)},"step":${step},"at":${at},"epoch":${epoch}`;
  const words = `,"messageId":${JSON.stringify(messageId)},"type":${JSON.stringify(type)},"from":${JSON.stringify(from)},"to":${JSON.stringify(to)}`;
  return `${numbers}${words},"cause":${JSON.stringify(cause)},"effects":${effects.length === 0 ? '[]' : JSON.stringify(effects)}`;
}

/** Members behind a comma each; empty when only the number differs, and by one. */
function difference({ address, transition: before }: StepFact, { address: to, transition: after }: StepFact): string {
  let members = address === to ? '' : `,"address":${JSON.stringify(to)}`;
  if (after.step !== before.step + 1) members += `,"step":${after.step}`;
  if (after.at !== before.at) members += `,"at":${after.at}`;
  if (after.epoch !== before.epoch) members += `,"epoch":${after.epoch}`;
  return `${members}${changed('messageId', before, after)}${changed('type', before, after)}${changed('from', before, after)}${changed('to', before, after)}${changed('cause', before, after)}${changed('effects', before, after)}`;
}

/** States of statecharts and lists of effects are built anew at each step: what they say counts. */
function changed(member: 'messageId' | 'type' | 'from' | 'to' | 'cause' | 'effects', before: Transition, after: Transition): string {
  const value = after[member];
  if (value === before[member]) return '';
  const json = JSON.stringify(value);
  return typeof value === 'object' && json === JSON.stringify(before[member]) ? '' : `,"${member}":${json}`;
}
