import fc from 'fast-check';
import { expect, it } from 'vitest';
import { KeptAnswers } from '../../../../gateway/http/response-cache/kept-answers.ts';

const ROOM = 160;
const LARGEST = ROOM / 8;

it('never holds more than its room, forgets the least lately used first, and finds what it was given last', () => {
  const action = fc.record({ tag: fc.constantFrom(...'abcdefghijklmnop'), length: fc.integer({ min: 1, max: LARGEST + 5 }), isRead: fc.boolean() });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
      const kept = new KeptAnswers(ROOM);
      // Oldest first, as it should be in there.
      let model: ReadonlyArray<readonly [string, string]> = [];
      for (const { tag, length, isRead } of actions) {
        const known = model.find(([name]) => name === tag);
        const others = model.filter(([name]) => name !== tag);
        if (isRead) {
          expect(kept.find(tag)).toBe(known?.[1]);
          if (known !== undefined) model = [...others, known];
          continue;
        }
        const text = tag.repeat(length);
        kept.keep(tag, text);
        model = length > LARGEST ? others : [...others, [tag, text]];
        while (model.reduce((sum, [, held]) => sum + held.length, 0) > ROOM) model = model.slice(1);
      }
      for (const [tag, text] of model) expect(kept.find(tag)).toBe(text);
    }),
  );
});
