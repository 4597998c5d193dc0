import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { actorSubject, addressOfSubject, checkPattern, checkSubject, eventSubject, groupSubject, matchSubject } from '../../runtime/subject.ts';

const segment = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,12}$/);
const address = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/'));

describe('subjects', () => {
  it('carry an address as dots, a group and an event by its words', () => {
    expect(actorSubject('main', 'agents/backend-api')).toBe('troupe.main.actor.agents.backend-api');
    expect(groupSubject('main', 'agents')).toBe('troupe.main.group.agents');
    expect(eventSubject('main', 'approval.granted')).toBe('troupe.main.event.approval.granted');
  });

  it('never put two addresses on one subject, and give the address back', () => {
    expect(actorSubject('main', 'tasks/p.1')).not.toBe(actorSubject('main', 'tasks/p/1'));
    fc.assert(
      fc.property(address, (each) => {
        const subject = actorSubject('c', each);
        expect(checkSubject(subject)).toBe(subject);
        expect(addressOfSubject('c', subject)).toBe(each);
        expect(addressOfSubject('d', subject)).toBeUndefined();
      }),
    );
  });

  it.each([
    [() => actorSubject('main', ''), 'InvalidAddress'],
    [() => actorSubject('a.b', 'x'), 'InvalidSubject'],
    [() => actorSubject('', 'x'), 'InvalidSubject'],
    [() => groupSubject('main', 'a b'), 'InvalidSubject'],
    [() => eventSubject('main', 'a.*'), 'InvalidSubject'],
    [() => eventSubject('main', ''), 'InvalidSubject'],
  ])('are refused when they would not be well formed: %s', (build, code) => {
    expect(build).toThrow(expect.objectContaining({ code }));
  });

  it.each([
    ['a.b', 'a.b', true],
    ['a.b', 'a.b.c', false],
    ['a.*', 'a.b', true],
    ['a.*', 'a', false],
    ['a.*', 'a.b.c', false],
    ['*.b', 'a.b', true],
    ['>', 'a', true],
    ['a.>', 'a', false],
    ['a.>', 'a.b.c.d', true],
    ['a.*.>', 'a.b', false],
    ['a.*.>', 'a.b.c', true],
  ])('%s takes %s: %s', (pattern, subject, taken) => {
    expect(matchSubject(checkPattern(pattern), subject)).toBe(taken);
  });
});
