// Whether a value survives JSON unchanged (K3): Map and Set would persist as {}, BigInt would throw, functions would vanish.
import { ActorLink } from './target.ts';

const DEEPEST = 64;

/** Path and kind of the first part that is not plain JSON, or undefined. `undefined` members are allowed: JSON drops them; in a list it would make them null. */
export function findNonJson(value: unknown, path = ''): string | undefined {
  return isPlain(value, 0) ? undefined : describe(value, path, 0);
}

/** The same without a word of where: nearly all values are plain, and to build the path of each part costs more than to look at it. */
function isPlain(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return true;
    case 'number':
      return Number.isFinite(value);
    case 'object':
      return value === null || isPlainObject(value, depth);
    default:
      return false;
  }
}

function isPlainObject(value: object, depth: number): boolean {
  if (depth > DEEPEST) return false;
  if (Array.isArray(value)) {
    for (const part of value) if (part === undefined || !isPlain(part, depth + 1)) return false;
    return true;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return isLink(value);
  for (const key in value) if (!isPlain((value as Record<string, unknown>)[key], depth + 1)) return false;
  return true;
}

function describe(value: unknown, path: string, depth: number): string | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : `${path || 'value'} is ${value}`;
    case 'object':
      return value === null ? undefined : describeObject(value, path, depth);
    default:
      return `${path || 'value'} is a ${typeof value}`;
  }
}

function describeObject(value: object, path: string, depth: number): string | undefined {
  if (depth > DEEPEST) return `${path} is nested deeper than ${DEEPEST}, or circular`;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      const found = value[index] === undefined ? `${path}[${index}] is undefined` : describe(value[index], `${path}[${index}]`, depth + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return isLink(value) ? undefined : `${path || 'value'} is a ${prototype.constructor?.name ?? 'class instance'}`;
  for (const key in value) {
    const found = describe((value as Record<string, unknown>)[key], path === '' ? key : `${path}.${key}`, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Refs persist as their address; XState's children as their id. */
function isLink(value: object): boolean {
  return value instanceof ActorLink || ('toJSON' in value && 'sessionId' in value);
}

/** Like findNonJson over a context, but only its members that changed since the last check. */
export function findNonJsonChange(before: unknown, after: unknown): string | undefined {
  if (before === after) return undefined;
  if (typeof after !== 'object' || after === null || Array.isArray(after)) return findNonJson(after, 'context');
  const old = typeof before === 'object' && before !== null ? (before as Record<string, unknown>) : {};
  for (const key in after) {
    const value = (after as Record<string, unknown>)[key];
    if (value === old[key]) continue;
    if (!isPlain(value, 0)) return describe(value, `context.${key}`, 0);
  }
  return undefined;
}

/** Freezes plain JSON deeply, for tests that catch steps which change their context in place. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== Array.prototype && prototype !== null) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
  return value;
}
