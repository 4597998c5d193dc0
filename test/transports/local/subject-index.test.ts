import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchSubject } from '../../../runtime/subject.ts';
import { SubjectIndex } from '../../../transports/local/subject-index.ts';

const token = fc.constantFrom('a', 'b', 'c');
const subject = fc.array(token, { minLength: 1, maxLength: 4 }).map((tokens) => tokens.join('.'));
const pattern = fc
  .tuple(fc.array(fc.oneof(token, fc.constant('*')), { minLength: 1, maxLength: 3 }), fc.boolean())
  .map(([tokens, tail]) => [...tokens, ...(tail ? ['>'] : [])].join('.'));

describe('the subject index', () => {
  it('finds exactly the patterns that match, over any additions and removals', () => {
    const steps = fc.array(fc.record({ pattern, add: fc.boolean() }), { maxLength: 40 });
    fc.assert(
      fc.property(steps, fc.array(subject, { maxLength: 10 }), (changes, subjects) => {
        const index = new SubjectIndex<string>();
        const there = new Set<string>();
        for (const { pattern: each, add } of changes) {
          if (add) index.add(each, each);
          else index.remove(each, each);
          if (add) there.add(each);
          else there.delete(each);
        }
        expect(index.size).toBe(there.size);
        for (const each of subjects) expect(index.match(each).sort()).toEqual([...there].filter((one) => matchSubject(one, each)).sort());
      }),
    );
  });
});
