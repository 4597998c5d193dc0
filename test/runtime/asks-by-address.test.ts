// The line of an address holds the asks to it that are open, in their order, whatever shares the line with it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Addressed, AsksByAddress } from '../../runtime/asks-by-address.ts';
import { count } from '../support/length.ts';

class Ask implements Addressed<Ask> {
  readonly address: string;
  earlier: Ask | undefined;
  later: Ask | undefined;

  constructor(address: string) {
    this.address = address;
  }
}

/** Those that end alike and are of one length stand in one line. */
const address = fc.constantFrom('approvals/a-00001', 'approvals/b-00001', 'requests/ab-00001', 'a', 'b', '');
const change = fc.record({ address, drop: fc.boolean(), which: fc.nat({ max: 9 }) });

describe('open asks by address', () => {
  it('are those that were made and are not over, the oldest first', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        const asks = new AsksByAddress<Ask>();
        let open: Ask[] = [];
        for (const { address: to, drop, which } of changes) {
          const over = drop ? open[which % Math.max(1, open.length)] : undefined;
          if (over !== undefined) {
            asks.drop(over);
            open = open.filter((ask) => ask !== over);
          } else if (!drop) {
            const ask = new Ask(to);
            asks.add(ask);
            open.push(ask);
          }
          for (const each of new Set(changes.map((one) => one.address))) expect(asks.to(each)).toEqual(open.filter((ask) => ask.address === each));
        }
      }),
      { numRuns: count(200, 10_000) },
    );
  });

  it('that are over keep nothing that is still open', () => {
    const asks = new AsksByAddress<Ask>();
    const [first, second, third] = [new Ask('a'), new Ask('a'), new Ask('a')];
    for (const ask of [first, second, third]) asks.add(ask);
    asks.drop(second);
    expect([second.earlier, second.later]).toEqual([undefined, undefined]);
    expect(asks.to('a')).toEqual([first, third]);
  });
});
