// The process of one query: reads the order from its input, prints the answer, ends. Knows nothing but that.
import { readFileSync } from 'node:fs';
import { isCoded } from '../../../runtime/errors.ts';
import { type QueryOrder, runQuery } from '../../../runtime/persistence/query.ts';
import type { QueryAnswer } from './query.ts';

function answer(order: QueryOrder): QueryAnswer {
  try {
    return { ok: true, result: runQuery(order) };
  } catch (error) {
    if (!isCoded(error)) throw error;
    return { ok: false, code: error.code, message: error.message };
  }
}

process.stdout.write(JSON.stringify(answer(JSON.parse(readFileSync(0, 'utf8')) as QueryOrder)));
