import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { RiskLevel } from '../../../actors/work/types.ts';
import { levelOf, SURROUNDINGS } from './assessing.ts';

const COMMIT = '4dbae47c0ffee4dbae47c0ffee4dbae47c0ffee4';
const filled = (text: string): string =>
  text
    .replaceAll('{{node.health}}', SURROUNDINGS.healthUrl)
    .replaceAll('{{plan.id}}', 'p-20261125-1')
    .replaceAll('{{task.attempt}}', '1')
    .replace(/\{\{[^}]*\}\}/g, COMMIT);

interface Step {
  readonly bash?: string;
  readonly file?: unknown;
  readonly api?: unknown;
  readonly query?: Record<string, unknown>;
  readonly deploy?: unknown;
}
interface Task {
  readonly id: string;
  readonly steps: readonly Step[];
}

function levelOfStep({ bash, file, api, query, deploy }: Step): RiskLevel | undefined {
  if (bash !== undefined) return levelOf('BASH_COMMAND', { command: bash });
  if (file !== undefined) return levelOf('FILE_OPERATION', file);
  if (api !== undefined) return levelOf('API_CALL', api);
  if (query !== undefined) return levelOf('DATABASE_QUERY', { dialect: 'sqlite', ...query });
  return deploy === undefined ? undefined : levelOf('DEPLOYMENT', deploy);
}

describe('the plan of the demo', () => {
  const text = readFileSync(new URL('../../../examples/demo.yaml', import.meta.url), 'utf8');
  const { tasks } = parse(filled(text)) as { tasks: Task[] };

  it('reads freely, writes after a confirmation, and asks a person before it removes every row', () => {
    expect(Object.fromEntries(tasks.map(({ id, steps }) => [id, steps.map(levelOfStep)]))).toEqual({
      base: ['LOW'],
      history: ['LOW', 'LOW', 'LOW', 'LOW'],
      files: ['LOW', 'LOW'],
      lines: ['LOW', 'LOW'],
      survey: ['LOW'],
      rehearsal: ['MEDIUM'],
      store: ['MEDIUM', 'MEDIUM', 'HIGH', 'MEDIUM', 'LOW'],
      page: ['MEDIUM'],
      report: ['LOW', 'MEDIUM'],
      release: ['MEDIUM'],
      site: ['MEDIUM', 'MEDIUM', 'MEDIUM', 'MEDIUM'],
      launch: ['CRITICAL'],
      announce: [undefined],
    });
  });
});
