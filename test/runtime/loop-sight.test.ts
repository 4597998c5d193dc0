// What is made of a heartbeat that stops: counted in ticks, so that the test is the clock.
import { describe, expect, it } from 'vitest';
import { setup } from 'xstate';
import { type BlockReport, describeBlock, LoopSight, SIGHT } from '../../runtime/loop-sight.ts';
import { worker } from '../../supervisors/index.ts';
import { startNode } from '../support/kernel-node.ts';
import { recorder } from '../support/small-actors.ts';

const STEP = { address: 'a', type: 'GO' };

function watching(limits: Partial<typeof SIGHT> = {}) {
  const told: string[] = [];
  let beats = 0;
  const say = (what: string) => (report: BlockReport) => void told.push(`${what} ${report.ms} ${describeBlock(report)}`);
  const sight = new LoopSight({ beats: () => beats, look: () => void told.push('look'), over: say('over'), announce: say('announce'), end: say('end') }, { ...SIGHT, ...limits });
  const pass = (ms: number, turns: boolean): void => {
    for (let passed = 0; passed < ms; passed += SIGHT.everyMs) {
      if (turns) beats += 1;
      sight.tick();
    }
  };
  return { sight, pass, told: () => told.splice(0) };
}

describe('an event loop', () => {
  it("that turns, or is held up for less than is noticed, is nobody's business", () => {
    const { pass, told } = watching();
    for (let n = 0; n < 20; n += 1) {
      pass(100, true);
      pass(250, false);
    }
    expect(told()).toEqual([]);
  });

  it('that is blocked is looked at, and told of when it turns again, with who it was', () => {
    const { pass, sight, told } = watching();
    pass(100, true);
    pass(300, false);
    expect(told()).toEqual(['look']);
    sight.seen(STEP, ['spin (file:1)', 'outer (file:2)']);
    pass(700, false);
    pass(50, true);
    expect(told()).toEqual(["over 1000 GO of 'a', at spin (file:1)"]);
    pass(1_000, true);
    expect(told()).toEqual([]);
  });

  it('that hiccups again and again is looked at only now and then', () => {
    const { pass, told } = watching();
    for (let n = 0; n < 10; n += 1) {
      pass(100, true);
      pass(400, false);
    }
    expect(told().filter((line) => line === 'look')).toHaveLength(1);
  });

  it('that does not come back is looked at once more, announced, and its process ended only if that is wanted', () => {
    const { pass, sight, told } = watching({ endAfterMs: 60_000 });
    pass(50, true);
    pass(4_900, false);
    expect(told()).toEqual(['look', 'look']);
    sight.seen(STEP, []);
    pass(100, false);
    expect(told()).toEqual(["announce 5000 GO of 'a'"]);
    pass(55_000, false);
    expect(told()).toEqual(["end 60000 GO of 'a'"]);
    const patient = watching();
    patient.pass(3_600_000, false);
    expect(patient.told().filter((line) => line.startsWith('end'))).toEqual([]);
  });
});

describe('a block that is reported', () => {
  it("is placed at the program's own line, and at Node's only where there is no other", () => {
    const where = ['get performance (node:internal/util:646)', 'spin (file:1)'];
    expect(describeBlock({ step: STEP, where, ms: 700 })).toBe("GO of 'a', at spin (file:1)");
    expect(describeBlock({ step: STEP, where: where.slice(0, 1), ms: 700 })).toBe(`GO of 'a', at ${where[0]}`);
  });

  it('is telemetry, a count, and an alert on the actor until it is quiet for ten minutes', async () => {
    const node = await startNode([worker('a', recorder)]);
    node.system.reportBlocked({ step: STEP, where: ['spin (file:1)'], ms: 700 });
    expect(node.telemetry.filter(({ kind }) => kind === 'loop.blocked')).toEqual([{ kind: 'loop.blocked', address: 'a', type: 'GO', ms: 700, where: ['spin (file:1)'] }]);
    expect(node.system.alerts()).toMatchObject([{ id: 'loop_blocked:a', severity: 'warning', text: expect.stringContaining("GO of 'a', at spin (file:1)") }]);
    await node.pass(400_000);
    node.system.reportBlocked({ step: STEP, where: ['spin (file:1)'], ms: 500 });
    await node.pass(400_000);
    expect([node.system.alerts().length, node.system.blocked]).toEqual([1, { count: 2, longestMs: 700 }]);
    await node.pass(200_000);
    expect(node.system.alerts()).toEqual([]);
  });

  it('that was no step is an alert only when it was long: a machine that is busy holds up a node too', async () => {
    const node = await startNode([worker('a', recorder)]);
    node.system.reportBlocked({ step: null, where: [], ms: 700 });
    expect([node.system.alerts(), node.system.blocked.count]).toEqual([[], 1]);
    node.system.reportBlocked({ step: null, where: [], ms: 5_000 });
    expect(node.system.alerts()).toMatchObject([{ id: 'loop_blocked', address: null }]);
  });
});

describe('the running step', () => {
  it.each([true, false])('is known from outside while it runs, and only then (durable: %s)', async (durable) => {
    const seen: unknown[] = [];
    const logic = setup({}).createMachine({ on: { GO: { guard: () => seen.push(box.node?.system.runningStep) > 0 } } });
    const box: { node?: Awaited<ReturnType<typeof startNode>> } = {};
    box.node = await startNode([worker('a', logic, { durable })]);
    await box.node.tell('a', { type: 'GO' });
    await box.node.pass(0);
    expect([seen, box.node.system.runningStep]).toEqual([[STEP], null]);
  });
});
