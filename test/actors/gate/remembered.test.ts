import { describe, expect, it } from 'vitest';
import { remembered } from '../../../actors/gate/remembered.ts';

function counting() {
  const asked: string[] = [];
  const answer = remembered((text) => {
    asked.push(text);
    return text.endsWith('a');
  });
  return { asked, answer };
}

describe('answers that are kept', () => {
  it('judges a text once, whatever the answer', () => {
    const { asked, answer } = counting();
    expect(['a', 'b', 'a', 'b'].map(answer)).toEqual([true, false, true, false]);
    expect(asked).toEqual(['a', 'b']);
  });

  it('judges a long text each time', () => {
    const { asked, answer } = counting();
    const long = 'a'.repeat(65);
    expect([long, long].map(answer)).toEqual([true, true]);
    expect(asked).toHaveLength(2);
  });

  it('keeps no more than 256', () => {
    const { asked, answer } = counting();
    for (let at = 0; at < 257; at += 1) answer(`${at}`);
    expect(answer('0')).toBe(false);
    expect(asked).toHaveLength(258);
  });
});
