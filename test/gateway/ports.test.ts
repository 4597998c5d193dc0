import { createServer } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { builtInFleet } from '../../actors/fleet/built-in-fleet.ts';
import { firstTaken, freeOffset, isFree } from '../../gateway/free-offset.ts';
import { doorsOf, LARGEST_OFFSET, urlOf } from '../../gateway/ports.ts';

const { agents } = builtInFleet();

describe('the doors of a node', () => {
  it('are the ports that everybody knows, each with its purpose', () => {
    expect(doorsOf(0, agents).map(({ name, port }) => [name, port])).toEqual([
      ['health', 5001],
      ['api', 5003],
      ['rpc', 9999],
      ['auth', 5004],
      ['access', 5002],
      ['agent:master', 8088],
      ['agent:supervisor', 8089],
      ['agent:backend-api', 8090],
      ['agent:database', 8091],
      ['agent:frontend-ui', 8092],
      ['agent:instagram', 8093],
      ['agent:testing', 8094],
      ['agent:queue-manager', 8095],
      ['agent:deployment', 8096],
    ]);
    expect(doorsOf(0, agents).every(({ purpose }) => purpose.length > 3)).toBe(true);
  });

  it('are all shifted alike, stay distinct and never leave the range of ports', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: LARGEST_OFFSET }), (offset) => {
        const ports = doorsOf(offset, agents).map(({ port }) => port);
        expect(ports).toEqual(doorsOf(0, agents).map(({ port }) => port + offset));
        expect(new Set(ports).size).toBe(ports.length);
        expect(Math.max(...ports)).toBeLessThanOrEqual(65_535);
      }),
    );
  });

  it('an agent without a port has no door', () => {
    expect(doorsOf(0, [{ name: 'a', port: null }])).toHaveLength(5);
  });

  it('nodes whose offsets differ by hundreds never meet', () => {
    const offsets = Array.from({ length: 50 }, (_, index) => index * 100);
    const ports = offsets.flatMap((offset) => doorsOf(offset, agents).map(({ port }) => port));
    expect(new Set(ports).size).toBe(ports.length);
  });

  it('an IPv6 address stands in brackets in a URL', () => {
    expect([urlOf({ host: '127.0.0.1', secure: false }, 5001), urlOf({ host: '::1', secure: true }, 5001)]).toEqual(['http://127.0.0.1:5001', 'https://[::1]:5001']);
  });
});

describe('a free offset', () => {
  async function taking(port: number): Promise<void> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', () => resolve()));
    onTestFinished(() => void server.close());
  }

  it('passes over one at which any door is taken, and the door is named', async () => {
    const agent = [{ name: 'testing', port: 8094 }];
    const from = await freeOffset(agent, '127.0.0.1', 23_000);
    await taking(8094 + from);
    expect(await firstTaken(doorsOf(from, agent), '127.0.0.1')).toEqual({ name: 'agent:testing', port: 8094 + from, purpose: 'A2A and health of testing' });
    expect(await freeOffset(agent, '127.0.0.1', from)).toBeGreaterThan(from);
    expect(await isFree(8094 + from, '127.0.0.1')).toBe(false);
  });

  it('that does not exist is PortInUse about the first door', async () => {
    await taking(65_535);
    await expect(freeOffset([], '127.0.0.1', LARGEST_OFFSET)).rejects.toMatchObject({ code: 'PortInUse', message: expect.stringContaining('65535 (JSON-RPC and agent hosts)') });
  });
});
