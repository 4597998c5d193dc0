import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../runtime/index.ts';
import { LocalBus, localTransport } from '../../../transports/index.ts';
import { transportContract } from '../transport-contract.ts';

transportContract('local', async () => {
  const bus = new LocalBus();
  const clock = new SimulatedClock();
  const errors: unknown[] = [];
  return {
    connect: async () => localTransport({ bus, clock, onError: (error) => void errors.push(error) }),
    pass: async (ms) => clock.advance(ms),
    stop: async () => undefined,
    errors,
  };
});

const nothing = new Uint8Array();

describe('the local transport', () => {
  it('is alone on its bus unless given one', async () => {
    const [one, two] = [localTransport(), localTransport()];
    two.subscribe('a', {}, () => undefined);
    await expect(one.request('a', nothing, { timeoutMs: 1 })).rejects.toMatchObject({ code: 'NoResponders' });
  });

  it('keeps deadlines by its clock, and leaves no timer behind an answer', async () => {
    const clock = new SimulatedClock();
    const transport = localTransport({ clock });
    transport.subscribe('answers', {}, ({ reply }) => reply?.(nothing));
    transport.subscribe('never', {}, () => undefined);
    await transport.request('answers', nothing, { timeoutMs: 1_000 });
    expect(clock.pending).toBe(0);
    const late = expect(transport.request('never', nothing, { timeoutMs: 1_000 })).rejects.toThrow('never was not answered within 1000 ms; it may still be acted on');
    clock.advance(1_000);
    await late;
  });

  it('lets the event loop turn while messages chase each other', async () => {
    const transport = localTransport();
    let hops = 0;
    let turned = false;
    setImmediate(() => {
      turned = true;
    });
    await new Promise<void>((resolve) => {
      transport.subscribe('chase', {}, async () => {
        hops += 1;
        if (turned || hops === 5_000) resolve();
        else transport.publish('chase', nothing);
      });
      transport.publish('chase', nothing);
    });
    expect(hops).toBeGreaterThan(0);
    expect(hops).toBeLessThan(1_000);
  });
});
