import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FreshMail } from '../../runtime/fresh-mail.ts';
import { Mail } from '../../runtime/mail.ts';

const mails = Array.from({ length: 6 }, (_, at) => new Mail('message', null, { type: `T${at}` }));
const act = fc.record({ mail: fc.constantFrom(...mails), to: fc.constantFrom('a', 'b'), out: fc.boolean() });

function listed(fresh: FreshMail): Array<[Mail, string]> {
  const all: Array<[Mail, string]> = [];
  fresh.each((mail, to) => void all.push([mail, to]));
  return all;
}

describe('mail that no batch has taken yet', () => {
  it('is told in the order it came, each once, with whom it is for last', () => {
    fc.assert(
      fc.property(fc.array(act), (acts) => {
        const fresh = new FreshMail();
        const expected = new Map<Mail, string>();
        for (const { mail, to, out } of acts) {
          if (out) fresh.delete(mail);
          else fresh.add(mail, to);
          if (out) expected.delete(mail);
          else expected.set(mail, to);
          expect(listed(fresh)).toEqual([...expected]);
        }
        expect([fresh.size, fresh.mails(), mails.map((mail) => fresh.get(mail))]).toEqual([expected.size, [...expected.keys()], mails.map((mail) => expected.get(mail))]);
        for (const mail of mails) {
          expect(fresh.some((one) => one === mail)).toBe(expected.has(mail));
          fresh.delete(mail);
        }
      }),
    );
  });

  it('may be taken out while it is visited', () => {
    const fresh = new FreshMail();
    for (const mail of mails) fresh.add(mail, 'a');
    const seen: Mail[] = [];
    fresh.each((mail) => {
      seen.push(mail);
      fresh.delete(mail);
    });
    expect([seen, fresh.size, fresh.mails()]).toEqual([mails, 0, []]);
  });

  it('points at no other mail once it is out: else garbage that is old keeps what is young', () => {
    const fresh = new FreshMail();
    for (const mail of mails) fresh.add(mail, 'a');
    const places = mails.map((mail) => mail.fresh);
    for (const mail of mails) fresh.delete(mail);
    expect([places.map((place) => [place?.before, place?.after]), mails.map((mail) => mail.fresh)]).toEqual([mails.map(() => [undefined, undefined]), mails.map(() => undefined)]);
  });
});
