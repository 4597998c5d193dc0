// The watching thread, over a real event loop that is blocked.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startProgram } from '../support/child-program.ts';
import { ROOT } from '../support/node-process.ts';
import { privateFolder } from '../support/private-folder.ts';

function blocking(...how: readonly string[]) {
  const file = join(privateFolder(), 'blocked.json');
  const child = startProgram(process.execPath, [join(ROOT, 'test/support/blocking-program.mjs'), join(ROOT, 'dist'), file, ...how], { cwd: ROOT, env: process.env });
  onTestFinished(() => child.signal('SIGKILL'));
  return { child, file };
}

describe('an actor that blocks the event loop', () => {
  it('for a while is named with its message and the line that took so long, and the program ends as if nobody had watched', async () => {
    const { child, file } = blocking('briefly');
    const { code, stderr, json } = await child.ended(30_000);
    expect([code, stderr, existsSync(file)]).toEqual([0, '', false]);
    const { alerts, blocked } = json<{ alerts: ReadonlyArray<{ id: string; text: string }>; blocked: { count: number; longestMs: number } }>();
    expect(alerts).toMatchObject([{ id: 'loop_blocked:culprit', text: expect.stringMatching(/BLOCK of 'culprit', at spin \(.*blocking-program\.mjs:\d+\)/) }]);
    expect(blocked.count).toBeGreaterThanOrEqual(1);
  });

  it('for ever is named on stderr and in a file, while the program lives', async () => {
    const { child, file } = blocking('for ever');
    const said = await child.until((it) => /blocked for 5 s by BLOCK of 'culprit', at spin/.exec(it.stderr())?.[0], 30_000);
    expect(said).toBeDefined();
    await child.until(() => (existsSync(file) ? true : undefined), 5_000);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ pid: child.pid, step: { address: 'culprit', type: 'BLOCK' } });
    expect(child.running()).toBe(true);
  });

  it("for ever in Node's own code is named all the same, with the line that called it", async () => {
    const { child } = blocking('in node');
    const said = await child.until((it) => /blocked for 5 s by .*/.exec(it.stderr())?.[0], 30_000);
    expect(said).toMatch(/blocked for 5 s by BLOCK of 'culprit', at .*blocking-program\.mjs:\d+\)/);
  });

  it('for ever ends the process where that is wanted, so that whatever starts it again can go on', async () => {
    const { child } = blocking('for ever', '6000');
    const { signal, stderr } = await child.ended(30_000);
    expect([signal, stderr]).toEqual(['SIGKILL', expect.stringContaining('ended for it')]);
  });
});
