// A message that ends the whole process, in real processes one after the other: found, and then a dead letter (K12).
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ChildProgram, startProgram } from '../support/child-program.ts';
import { ROOT } from '../support/node-process.ts';
import { privateFolder } from '../support/private-folder.ts';

const PROGRAM = join(ROOT, 'test/support/deadly-program.mjs');
const EMBED = join(ROOT, 'dist/gateway/embed.js');

interface Survived {
  readonly taken: readonly string[];
  readonly dead: readonly string[];
  readonly alerts: readonly string[];
}

/** Ends by itself, or is ended by whoever watches over it once it hangs. */
async function lifeOf(child: ChildProgram, how: string): Promise<string> {
  if (how === 'loop') {
    const hangs = await child.until((it) => (it.stdout().includes('dies') || it.stdout().includes('{') ? it.stdout().includes('dies') : undefined), 20_000);
    if (hangs) child.signal('SIGKILL');
  }
  const { stdout, code, signal, stderr } = await child.ended(20_000);
  if (code === 0) return stdout;
  expect([code ?? signal, stderr]).toEqual([how === 'exit' ? 3 : 'SIGKILL', '']);
  return '';
}

describe('a message that ends the process', () => {
  it.each([
    ['ends it at once', 'exit'],
    ['never comes back, so that its owner kills it', 'loop'],
  ])('(it %s) is found after two unclean stops and three attempts, and the node lives (K12)', async (_what, how) => {
    const dir = join(privateFolder(), 'data');
    let deaths = 0;
    for (; deaths < 9; deaths += 1) {
      const said = await lifeOf(startProgram(process.execPath, [PROGRAM, EMBED, dir, how], { cwd: ROOT, env: process.env }), how);
      if (said === '') continue;
      const { taken, dead, alerts } = JSON.parse(said) as Survived;
      expect([taken, alerts]).toEqual([['ONE', 'TWO'], ['unclean_boots']]);
      expect(dead).toContainEqual('poisoned BAD: the process ended while it was taken, 3 times');
      break;
    }
    expect(deaths).toBe(5);
  });
});
