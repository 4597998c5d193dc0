// What must be true of the journal of the program under faults at any instant, also in the instant of a SIGKILL: every order is in
// exactly one place. Read from a copy of the files, as the shipped journal reads them, so that the original stays as the kill left it.
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ActorImage, type FactRow, type Journal, sqliteJournal, verifyJournal } from '../../runtime/index.ts';
import { ACCOUNTS } from './ledger-words.ts';

interface Noted {
  readonly id: string;
  readonly n: number;
  readonly account: string;
}

const PAGE = 5_000;
const FILES = ['shared_inbox.db', 'shared_inbox.db-wal'];

export interface Audit {
  /** Everything that is wrong, for people; empty when the books balance. */
  readonly flaws: readonly string[];
  /** Orders that are there though nobody has heard of it: the kill fell between a commit and its acknowledgement. */
  readonly unheard: number;
}

export interface AuditWish {
  /** The orders of an account were given in their order. */
  readonly ordered: boolean;
}

export async function auditLedger(dir: string, accepted: ReadonlySet<string>, wish: AuditWish): Promise<Audit> {
  const copy = mkdtempSync(join(tmpdir(), 'troupe-books-'));
  for (const name of FILES) if (existsSync(join(dir, name))) copyFileSync(join(dir, name), join(copy, name));
  const journal = sqliteJournal({ dir: copy });
  try {
    await journal.open();
    return await audit(journal, accepted, wish);
  } finally {
    await journal.close();
    rmSync(copy, { recursive: true, force: true });
  }
}

async function audit(journal: Journal, accepted: ReadonlySet<string>, { ordered }: AuditWish): Promise<Audit> {
  const verdict = await verifyJournal(journal);
  const facts = await allFacts(journal);
  const of = (kind: string): readonly Noted[] => facts.filter((fact) => fact.kind === kind).map(({ body }) => JSON.parse(body) as Noted);
  const [put, booked, rung] = [of('put'), of('booked'), of('rung')];
  const [book, bell] = [await journal.load('book'), await journal.load('bell')];
  const accounts = new Map(await Promise.all(ACCOUNTS.map(async (name) => [name, await journal.load(name)] as const)));
  const images = [...accounts.values()];
  const done = put.map(({ id }) => id);
  const there = [...done, ...images.flatMap(queued)];
  const flaws = [
    ...(verdict.ok ? [] : [`the chain of facts is broken: ${verdict.why}`]),
    ...placesOf('accepted order', [...accepted], there, false),
    ...placesOf('order', done, [...booked.map(({ id }) => id), ...queued(book)], true).map((flaw) => `${flaw} at the book`),
    ...placesOf('order', done, [...rung.map(({ id }) => id), ...queued(bell), ...images.flatMap(timed)], true).map((flaw) => `${flaw} at the bell`),
    ...(ordered ? ACCOUNTS.flatMap((name) => disorder(name, put, booked)) : []),
    ...[...accounts].flatMap(([name, image]) => miscount(name, image, put.filter(({ account }) => account === name).length)),
    ...miscount('book', book, booked.length),
    ...miscount('bell', bell, rung.length),
  ];
  return { flaws, unheard: there.filter((id) => !accepted.has(id)).length };
}

async function allFacts(journal: Journal): Promise<readonly FactRow[]> {
  const facts: FactRow[] = [];
  for (let page = await journal.facts({ after: 0, limit: PAGE }); page.length > 0; page = await journal.facts({ after: facts.length, limit: PAGE })) facts.push(...page);
  return facts;
}

const idOf = (message: unknown): string => (message as Noted).id;
const queued = ({ mail }: ActorImage): readonly string[] => mail.map(({ envelope }) => idOf(envelope.message));
const timed = ({ timers }: ActorImage): readonly string[] => timers.map(({ event }) => idOf(JSON.parse(event)));

/** Each of `wanted` once among `found`; with `only`, nothing else is there. */
function placesOf(what: string, wanted: readonly string[], found: readonly string[], only: boolean): readonly string[] {
  const times = new Map<string, number>();
  for (const id of found) times.set(id, (times.get(id) ?? 0) + 1);
  const lost = wanted.filter((id) => !times.has(id)).map((id) => `lost: ${what} ${id}`);
  const doubled = [...times].filter(([, count]) => count > 1).map(([id, count]) => `${count} times: ${what} ${id}`);
  const known = new Set(wanted);
  const foreign = only ? [...times.keys()].filter((id) => !known.has(id)).map((id) => `from nowhere: ${what} ${id}`) : [];
  return [...lost, ...doubled, ...foreign];
}

/** An account takes its orders as they were given, and the book hears of them so (G3). */
function disorder(name: string, ...lists: ReadonlyArray<readonly Noted[]>): readonly string[] {
  return lists.flatMap((list) => {
    const numbers = list.filter(({ account }) => account === name).map(({ n }) => n);
    const at = numbers.findIndex((n, index) => index > 0 && n <= (numbers[index - 1] ?? 0));
    return at === -1 ? [] : [`out of order: ${name} has ${numbers[at]} behind ${numbers[at - 1]}`];
  });
}

/** The state of an actor and the facts that it left come from the same commits. */
function miscount(name: string, { actor }: ActorImage, facts: number): readonly string[] {
  const count = actor === null ? 0 : (JSON.parse(actor.snapshot) as { context: { count: number } }).context.count;
  return count === facts ? [] : [`torn: ${name} counts ${count}, its facts ${facts}`];
}
