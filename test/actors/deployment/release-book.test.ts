import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { claim, found, lastGood, type Release, type ReleaseBook, recordOf, settle } from '../../../actors/deployment/release-book.ts';
import { count } from '../../support/length.ts';

const PLACE = '/deploy/production';
const release = (version: string): Release => ({ version, deployment: `of-${version}`, digest: version, commit: null, verify: null, at: 1 });
const wish = (deployment: string) => ({ deployment, replyTo: `deployments/${deployment}` });
const versions = (book: ReleaseBook): readonly string[] => recordOf(book, PLACE).releases.map(({ version }) => version);
const promoted = (book: ReleaseBook, ...names: readonly string[]): ReleaseBook =>
  names.reduce((before, version) => settle(claim(before, PLACE, wish(version), null).book, PLACE, version, { kind: 'promoted', release: release(version) }).book, book);

describe('the book of releases', () => {
  it('has the last that was promoted as the last good one, and after a way back the one that it led to', () => {
    const book = promoted({}, '1', '2', '3');
    expect(lastGood(book, PLACE)?.version).toBe('3');
    const back = settle(book, PLACE, 'x', { kind: 'back', to: '1' }).book;
    expect(versions(back)).toEqual(['1']);
    expect(versions(settle(back, PLACE, 'x', { kind: 'back', to: null }).book)).toEqual([]);
  });

  it('has a version once, where it was promoted last', () => {
    expect(versions(promoted({}, '1', '2', '1'))).toEqual(['2', '1']);
  });

  it('takes what was found in a place only while it knows of nothing there', () => {
    expect(versions(found({}, PLACE, release('0')))).toEqual(['0']);
    expect(versions(found(promoted({}, '1'), PLACE, release('0')))).toEqual(['1']);
  });

  it('lets a way back share the claim of its deployment, and nobody else', () => {
    const { book } = claim({}, PLACE, wish('a'), null);
    expect(claim(book, PLACE, wish('a.rollback'), 'a').granted).toBe(true);
    expect(claim(book, PLACE, wish('b.rollback'), 'b').granted).toBe(false);
    const after = settle(book, PLACE, 'a.rollback', { kind: 'back', to: null }).book;
    expect(recordOf(after, PLACE).holder).toBe('a');
  });

  it('gives a place to one at a time, to each in its turn, and to nobody that has gone', () => {
    const names = ['a', 'b', 'c', 'd'];
    const act = fc.record({ settles: fc.boolean(), name: fc.constantFrom(...names) });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
        let book: ReleaseBook = {};
        let holder: string | null = null;
        let queue: string[] = [];
        for (const { settles, name } of acts) {
          if (settles) {
            queue = queue.filter((each) => each !== name);
            const { book: after, next } = settle(book, PLACE, name, { kind: 'unchanged' });
            if (holder === name) holder = queue.shift() ?? null;
            expect(next?.deployment ?? null).toBe(holder !== null && recordOf(book, PLACE).holder === name ? holder : null);
            book = after;
          } else {
            const { book: after, granted } = claim(book, PLACE, wish(name), null);
            if (holder === null) holder = name;
            else if (holder !== name && !queue.includes(name)) queue.push(name);
            expect(granted).toBe(holder === name);
            book = after;
          }
          expect([recordOf(book, PLACE).holder, recordOf(book, PLACE).waiting.map(({ deployment }) => deployment)]).toEqual([holder, queue]);
        }
      }),
      { numRuns: count(200, 20_000) },
    );
  });
});
