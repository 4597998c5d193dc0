// One setting of a node from outside: its flag first, then its variable, then a default.
import type { z } from 'zod';
import { codedError } from '../runtime/index.ts';

export type Env = Readonly<Record<string, string | undefined>>;

interface Field<T> {
  readonly flag?: string | undefined;
  readonly option: string;
  readonly variable: string;
  readonly schema: z.ZodType<T>;
  readonly fallback: T;
  readonly problem: string;
  readonly fix: string;
}

/** Throws `InvalidConfig`, naming the flag or variable and the fix. */
export function read<T>({ flag, option, variable, schema, fallback, problem, fix }: Field<T>, env: Env): T {
  const given = flag ?? env[variable];
  if (given === undefined || (flag === undefined && given === '')) return fallback;
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw codedError('InvalidConfig', { source: flag === undefined ? variable : option, problem: `'${given}' ${problem}`, fix });
}
