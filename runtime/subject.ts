// Subjects: where a transport carries an actor's messages, a group's and events. Tokens joined by dots, as in NATS.
// A dot inside a path segment travels as %2E, so that two addresses never share a subject.
import { type Address, isSegment, parseAddress } from './address.ts';
import { codedError } from './errors.ts';

export type Subject = string;

const TOKEN = /^[^\s.*>]+$/;
const CLUSTER = /^[A-Za-z0-9_-]{1,64}$/;
const KIND = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;

/** A subject one can publish to: no wildcards. Returns it, or throws `InvalidSubject`. */
export function checkSubject(text: string): Subject {
  if (!text.split('.').every((token) => TOKEN.test(token))) refuse(text, 'must be tokens joined by dots, without spaces and wildcards');
  return text;
}

/** A subject one can subscribe to: `*` stands for one token, `>` at the end for one or more. */
export function checkPattern(text: string): Subject {
  const tokens = text.split('.');
  const wrong = tokens.some((token, index) => token !== '*' && !(token === '>' && index === tokens.length - 1) && !TOKEN.test(token));
  if (wrong) refuse(text, "must be tokens joined by dots; '*' is a whole token, '>' the last one");
  return text;
}

function refuse(subject: string, problem: string): never {
  throw codedError('InvalidSubject', { subject, problem });
}

/** Whether a pattern takes a subject. Both are well formed. */
export function matchSubject(pattern: Subject, subject: Subject): boolean {
  const wanted = pattern.split('.');
  const tokens = subject.split('.');
  for (const [index, want] of wanted.entries()) {
    if (want === '>') return tokens.length > index;
    if (index >= tokens.length || (want !== '*' && want !== tokens[index])) return false;
  }
  return wanted.length === tokens.length;
}

function within(cluster: string, rest: string): Subject {
  if (!CLUSTER.test(cluster)) refuse(cluster, 'a cluster name is letters, digits, - and _');
  return `troupe.${cluster}.${rest}`;
}

function escapeDots(segment: string): string {
  return segment.replaceAll('.', '%2E');
}

/** Where an actor takes its messages. Throws `InvalidAddress`; the root supervisor takes none. */
export function actorSubject(cluster: string, address: Address): Subject {
  return within(cluster, `actor.${parseAddress(address).split('/').map(escapeDots).join('.')}`);
}

/** The address behind an actor's subject; undefined when it is none of this cluster. */
export function addressOfSubject(cluster: string, subject: Subject): Address | undefined {
  const prefix = within(cluster, 'actor.');
  if (!subject.startsWith(prefix)) return undefined;
  const segments = subject
    .slice(prefix.length)
    .split('.')
    .map((token) => token.replaceAll('%2E', '.'));
  return segments.every(isSegment) ? segments.join('/') : undefined;
}

/** Where the members of a group take its broadcasts. */
export function groupSubject(cluster: string, group: string): Subject {
  if (!isSegment(group)) refuse(group, 'a group is named like a path segment');
  return within(cluster, `group.${escapeDots(group)}`);
}

/** The group behind a group's subject; undefined when it is none of this cluster. */
export function groupOfSubject(cluster: string, subject: Subject): string | undefined {
  const prefix = within(cluster, 'group.');
  if (!subject.startsWith(prefix)) return undefined;
  const group = subject.slice(prefix.length).replaceAll('%2E', '.');
  return isSegment(group) ? group : undefined;
}

/** Where events of a kind are told: `approval.granted` is two tokens, so that `approval.*` can be subscribed to. */
export function eventSubject(cluster: string, kind: string): Subject {
  if (!KIND.test(kind)) refuse(kind, 'an event kind is words joined by dots');
  return within(cluster, `event.${kind}`);
}
