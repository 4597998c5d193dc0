import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { didYouMean } from '../../runtime/did-you-mean.ts';

const WORDS = ['testing', 'database', 'deployment', 'master', 'id'];

describe('did you mean', () => {
  it.each([
    ['tesing', 'testing'],
    ['tetsing', 'testing'],
    ['testingg', 'testing'],
    ['Testing', 'testing'],
    ['databse', 'database'],
    ['ad', 'id'],
  ])('%s: %s', (word, meant) => {
    expect(didYouMean(word, WORDS)).toBe(meant);
  });

  it('says nothing when no word is near, rather than something wrong', () => {
    for (const word of ['', 'frontend', 'tst-runner', 'xyz']) expect(didYouMean(word, WORDS)).toBeUndefined();
    expect(didYouMean('testing', [])).toBeUndefined();
  });

  it('takes the nearest word, and of equals the first', () => {
    expect(didYouMean('tasc', ['taxi', 'task'])).toBe('task');
    expect(didYouMean('tas', ['tax', 'tap'])).toBe('tax');
  });

  it('finds a word again after one mistake of any kind', () => {
    const word = fc.stringMatching(/^[a-z]{4,12}$/);
    fc.assert(
      fc.property(word, fc.nat(), fc.constantFrom('drop', 'double', 'swap', 'change'), (meant, at, mistake) => {
        const place = at % (meant.length - 1);
        const [a = '', b = ''] = [meant[place], meant[place + 1]];
        const middle = { drop: b, double: a + a + b, swap: b + a, change: `#${b}` }[mistake];
        expect(didYouMean(meant.slice(0, place) + middle + meant.slice(place + 2), [meant])).toBe(meant);
      }),
    );
  });
});
