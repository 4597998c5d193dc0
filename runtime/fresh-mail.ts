// Mail that may become a row and that no batch has taken or stored yet, in the order it came, and whom it is for: itself its place in the
// line. Each commit walks it, so what never becomes a row is not in it: a timer has its own. Not a Map: of one that is filled and emptied
// all the time V8 makes ever new tables, and each keeps the next one, with all the mail in it, until a full collection.
import type { Address } from './address.ts';
import type { FreshPlace, Mail } from './mail.ts';

export class FreshMail {
  #first: FreshPlace | undefined;
  #last: FreshPlace | undefined;
  size = 0;

  get(mail: Mail): Address | undefined {
    return mail.fresh?.to;
  }

  /** At the end of the line; mail that is in it keeps its place. */
  add(mail: Mail, to: Address): void {
    if (mail.kind !== 'message' && mail.kind !== 'effect') return;
    if (mail.fresh !== undefined) {
      mail.fresh.to = to;
      return;
    }
    const place: FreshPlace = { mail, to, before: this.#last, after: undefined };
    mail.fresh = place;
    if (this.#last === undefined) this.#first = place;
    else this.#last.after = place;
    this.#last = place;
    this.size += 1;
  }

  /** Harmless when it is not there. */
  delete(mail: Mail): void {
    const place = mail.fresh;
    if (place === undefined) return;
    const { before, after } = place;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    // Garbage that points at what lives would keep it for as long as itself.
    place.before = undefined;
    place.after = undefined;
    mail.fresh = undefined;
    this.size -= 1;
  }

  /** `visit` may take out the mail that it is given, and no other. */
  each(visit: (mail: Mail, to: Address) => void): void {
    for (let place = this.#first; place !== undefined; ) {
      const { mail, to, after } = place;
      visit(mail, to);
      place = after;
    }
  }

  mails(): Mail[] {
    const mails: Mail[] = [];
    this.each((mail) => void mails.push(mail));
    return mails;
  }

  some(wanted: (mail: Mail) => boolean): boolean {
    for (let place = this.#first; place !== undefined; place = place.after) if (wanted(place.mail)) return true;
    return false;
  }
}
