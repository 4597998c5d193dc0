// What every transport promises (runtime/transport.ts), as one suite: local, NATS and Redis are held to the same sentences.
// It speaks only through the port, and waits for deliveries rather than for time.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Delivery, Transport } from '../../runtime/transport.ts';

export interface TransportUnderTest {
  /** Another client of the same broker, within the suite's own subject space. */
  connect(): Promise<Transport>;
  stop(): Promise<void>;
  /** Lets so much time pass for deadlines: simulated where the transport takes a clock, real where a broker is outside. */
  pass(ms: number): Promise<void>;
  /** Handler errors that were reported, of all clients. */
  readonly errors: readonly unknown[];
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (delivery: Delivery): string => new TextDecoder().decode(delivery.bytes);

/** Collects deliveries; `take(n)` resolves with the first n. */
class Inbox {
  readonly got: string[] = [];
  readonly #waiting: Array<() => void> = [];

  readonly handler = (delivery: Delivery): void => {
    this.got.push(`${delivery.subject} ${text(delivery)}`);
    for (const look of this.#waiting.splice(0)) look();
  };

  async take(count: number): Promise<string[]> {
    while (this.got.length < count) await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    return this.got.slice(0, count);
  }
}

export function transportContract(name: string, begin: () => Promise<TransportUnderTest>): void {
  describe(`${name} transport`, () => {
    let under: TransportUnderTest;
    let one: Transport;
    let two: Transport;

    beforeEach(async () => {
      under = await begin();
      one = await under.connect();
      two = await under.connect();
    });
    afterEach(async () => {
      await Promise.all([one.drain(), two.drain()]);
      await under.stop();
    });

    async function inbox(on: Transport, pattern: string, queue?: string): Promise<Inbox> {
      const box = new Inbox();
      on.subscribe(pattern, queue === undefined ? {} : { queue }, box.handler);
      await on.flush();
      return box;
    }

    /** Everything published before has been handed over once a mark sent behind it has. */
    async function passed(...transports: Transport[]): Promise<void> {
      for (const transport of transports) {
        const mark = await inbox(transport, 'contract.mark');
        for (const from of [one, two]) {
          from.publish('contract.mark', bytes(''));
          await from.flush();
        }
        await mark.take(2);
      }
    }

    describe('publish and subscribe', () => {
      it('hands a message to every subscriber, whoever it is connected as', async () => {
        const boxes = [await inbox(one, 'a.b'), await inbox(two, 'a.b'), await inbox(two, 'a.b')];
        one.publish('a.b', bytes('x'));
        for (const box of boxes) expect(await box.take(1)).toEqual(['a.b x']);
      });

      it('never within the call that publishes', async () => {
        const box = await inbox(one, 'a');
        one.publish('a', bytes('x'));
        expect(box.got).toEqual([]);
        await box.take(1);
      });

      it('keeps the order of one publisher over all its subjects', async () => {
        const box = await inbox(two, 'order.>');
        const sent = Array.from({ length: 1_000 }, (_, n) => `order.s${n % 3} ${n}`);
        for (const [n] of sent.entries()) one.publish(`order.s${n % 3}`, bytes(String(n)));
        expect(await box.take(1_000)).toEqual(sent);
      });

      it('drops what nobody listens to, and says nothing', async () => {
        one.publish('nobody', bytes('x'));
        const late = await inbox(two, 'nobody');
        await passed(two);
        expect(late.got).toEqual([]);
      });

      it('carries bytes and headers as they are', async () => {
        const all = Uint8Array.from({ length: 256 }, (_, n) => n);
        const got = new Promise<Delivery>((resolve) => two.subscribe('raw', {}, resolve));
        await two.flush();
        one.publish('raw', all, { 'Troupe-Trace': '00-ab', Empty: '' });
        const delivery = await got;
        expect([...delivery.bytes]).toEqual([...all]);
        expect(delivery.headers).toMatchObject({ 'Troupe-Trace': '00-ab', Empty: '' });
        expect(delivery.reply).toBeUndefined();
      });

      it('carries what was published, not what the publisher made of it afterwards', async () => {
        const box = await inbox(one, 'own');
        const mine = bytes('before');
        one.publish('own', mine);
        mine.fill(0);
        expect(await box.take(1)).toEqual(['own before']);
      });

      it('gives each subscriber bytes of its own', async () => {
        one.subscribe('shared', {}, ({ bytes: got }) => void got.fill(0));
        const box = await inbox(one, 'shared');
        one.publish('shared', bytes('kept'));
        expect(await box.take(1)).toEqual(['shared kept']);
      });

      it('a subscriber that publishes from its handler is heard', async () => {
        const box = await inbox(two, 'pong');
        one.subscribe('ping', {}, () => one.publish('pong', bytes('!')));
        await one.flush();
        two.publish('ping', bytes('?'));
        expect(await box.take(1)).toEqual(['pong !']);
      });
    });

    describe('wildcards', () => {
      it("'*' takes one token, '>' one or more at the end", async () => {
        const star = await inbox(one, 'w.*.c');
        const tail = await inbox(one, 'w.>');
        for (const subject of ['w', 'w.b', 'w.b.c', 'w.b.b.c', 'v.b.c']) two.publish(subject, bytes(''));
        await two.flush();
        await passed(one);
        expect(star.got).toEqual(['w.b.c ']);
        expect(tail.got).toEqual(['w.b ', 'w.b.c ', 'w.b.b.c ']);
      });

      it.each(['', '.', 'a..b', 'a b', 'a.*', 'a.>', '*'])("refuses to publish to '%s'", (subject) => {
        expect(() => one.publish(subject, bytes(''))).toThrow(expect.objectContaining({ code: 'InvalidSubject' }));
      });

      it.each(['', 'a..b', '>.a', 'a.>.b', 'a b', 'a.b*', 'a.b>'])("refuses to subscribe to '%s'", (pattern) => {
        expect(() => one.subscribe(pattern, {}, () => undefined)).toThrow(expect.objectContaining({ code: 'InvalidSubject' }));
      });
    });

    describe('queues', () => {
      it('hand each message to one member, and every member gets some', async () => {
        const members = [await inbox(one, 'q', 'workers'), await inbox(two, 'q', 'workers'), await inbox(two, 'q', 'workers')];
        const aside = await inbox(one, 'q');
        for (let n = 0; n < 300; n += 1) one.publish('q', bytes(String(n)));
        await one.flush();
        await passed(one, two);
        expect(aside.got).toHaveLength(300);
        expect(members.flatMap((box) => box.got).sort()).toEqual([...aside.got].sort());
        for (const box of members) expect(box.got.length).toBeGreaterThan(0);
      });

      it('are one by their name, whichever patterns the members came by', async () => {
        const members = [await inbox(one, 'q.a', 'workers'), await inbox(two, 'q.*', 'workers')];
        for (let n = 0; n < 100; n += 1) one.publish('q.a', bytes(String(n)));
        await one.flush();
        await passed(one, two);
        expect(members.flatMap((box) => box.got)).toHaveLength(100);
      });

      it('of different names each get every message', async () => {
        const boxes = [await inbox(one, 'q', 'red'), await inbox(two, 'q', 'blue')];
        one.publish('q', bytes('x'));
        for (const box of boxes) expect(await box.take(1)).toEqual(['q x']);
      });

      it('go on with the members that are left', async () => {
        const gone = one.subscribe('q', { queue: 'workers' }, () => undefined);
        const left = await inbox(two, 'q', 'workers');
        gone.unsubscribe();
        await one.flush();
        for (let n = 0; n < 10; n += 1) two.publish('q', bytes(String(n)));
        expect(await left.take(10)).toHaveLength(10);
      });
    });

    describe('request', () => {
      it('resolves with the first answer, its bytes and headers', async () => {
        two.subscribe('sum', {}, ({ bytes: asked, reply }) => reply?.(bytes(String(asked.length)), { Unit: 'bytes' }));
        await two.flush();
        const answer = await one.request('sum', bytes('four'), { timeoutMs: 5_000, headers: { From: 'one' } });
        expect(text(answer)).toBe('4');
        expect(answer.headers).toMatchObject({ Unit: 'bytes' });
      });

      it('takes only the first of several answers', async () => {
        two.subscribe('twice', {}, ({ reply }) => {
          reply?.(bytes('first'));
          reply?.(bytes('second'));
        });
        await two.flush();
        expect(text(await one.request('twice', bytes(''), { timeoutMs: 5_000 }))).toBe('first');
      });

      it('fails at once when nobody listens', async () => {
        await expect(one.request('void', bytes(''), { timeoutMs: 60_000 })).rejects.toMatchObject({ code: 'NoResponders' });
      });

      it('fails at its deadline when nobody answers', async () => {
        await inbox(two, 'silent');
        const late = expect(one.request('silent', bytes(''), { timeoutMs: 50 })).rejects.toMatchObject({ code: 'CallTimeout' });
        await under.pass(50);
        await late;
      });

      it('goes to one member of a queue', async () => {
        let asked = 0;
        for (const transport of [one, two]) {
          transport.subscribe('job', { queue: 'workers' }, ({ reply }) => {
            asked += 1;
            reply?.(bytes('done'));
          });
          await transport.flush();
        }
        await one.request('job', bytes(''), { timeoutMs: 5_000 });
        await passed(one, two);
        expect(asked).toBe(1);
      });

      it('keeps many at once apart', async () => {
        two.subscribe('echo', {}, ({ bytes: asked, reply }) => reply?.(asked));
        await two.flush();
        const answers = await Promise.all(Array.from({ length: 200 }, async (_, n) => text(await one.request('echo', bytes(String(n)), { timeoutMs: 5_000 }))));
        expect(answers).toEqual(Array.from({ length: 200 }, (_, n) => String(n)));
      });
    });

    describe('limits and errors', () => {
      it('refuses a message over its size, headers counted, and takes one of exactly that size', async () => {
        const { maxBytes } = one.status();
        const box = await inbox(two, 'big');
        expect(() => one.publish('big', new Uint8Array(maxBytes + 1))).toThrow(expect.objectContaining({ code: 'PayloadTooLarge' }));
        expect(() => one.publish('big', new Uint8Array(maxBytes), { A: 'b' })).toThrow(expect.objectContaining({ code: 'PayloadTooLarge' }));
        await expect(one.request('big', new Uint8Array(maxBytes + 1), { timeoutMs: 50 })).rejects.toMatchObject({ code: 'PayloadTooLarge' });
        one.publish('big', new Uint8Array(maxBytes));
        await box.take(1);
      });

      it('a handler that throws or rejects disturbs nobody, and is reported', async () => {
        one.subscribe('bad', {}, () => {
          throw new Error('thrown');
        });
        one.subscribe('bad', {}, async () => {
          throw new Error('rejected');
        });
        const box = await inbox(one, 'bad');
        two.publish('bad', bytes('1'));
        two.publish('bad', bytes('2'));
        expect(await box.take(2)).toHaveLength(2);
        await passed(one);
        expect(under.errors.map((error) => (error as Error).message).sort()).toEqual(['rejected', 'rejected', 'thrown', 'thrown']);
      });
    });

    describe('ends', () => {
      it('unsubscribe: nothing is handed over after it, not even what is under way', async () => {
        const box = new Inbox();
        const subscription = one.subscribe('u', {}, box.handler);
        await one.flush();
        one.publish('u', bytes('x'));
        subscription.unsubscribe();
        subscription.unsubscribe();
        await passed(one);
        expect(box.got).toEqual([]);
        await expect(two.request('u', bytes(''), { timeoutMs: 60_000 })).rejects.toMatchObject({ code: 'NoResponders' });
      });

      it('drain of a subscription: what is under way arrives, nothing after it', async () => {
        const box = new Inbox();
        const subscription = one.subscribe('d', {}, box.handler);
        await one.flush();
        one.publish('d', bytes('before'));
        await subscription.drain();
        one.publish('d', bytes('after'));
        await passed(one);
        expect(box.got).toEqual(['d before']);
      });

      it('drain of a transport: what is under way arrives, then it is closed; others go on', async () => {
        const mine = await inbox(one, 't');
        const other = await inbox(two, 't');
        one.publish('t', bytes('last'));
        await Promise.all([one.drain(), one.drain()]);
        expect(mine.got).toEqual(['t last']);
        expect(await other.take(1)).toEqual(['t last']);
        expect(one.status()).toMatchObject({ state: 'closed', subscriptions: 0 });
        two.publish('t', bytes('later'));
        expect(await other.take(2)).toEqual(['t last', 't later']);
        expect(mine.got).toHaveLength(1);
      });

      it('a closed transport refuses everything but another drain', async () => {
        await one.drain();
        const closed = expect.objectContaining({ code: 'TransportClosed' });
        expect(() => one.publish('x', bytes(''))).toThrow(closed);
        expect(() => one.subscribe('x', {}, () => undefined)).toThrow(closed);
        await expect(one.request('x', bytes(''), { timeoutMs: 50 })).rejects.toMatchObject({ code: 'TransportClosed' });
        await one.drain();
      });

      it('a request that still waits when its transport closes is rejected', async () => {
        await inbox(two, 'slow');
        const waiting = expect(one.request('slow', bytes(''), { timeoutMs: 60_000 })).rejects.toMatchObject({ code: 'TransportClosed' });
        await one.drain();
        await waiting;
      });
    });

    it('tells its state', async () => {
      expect(one.status()).toMatchObject({ kind: name, state: 'connected', subscriptions: 0 });
      await inbox(one, 's');
      expect(one.status().subscriptions).toBe(1);
    });
  });
}
