// Links and monitors of actors of every kind against a model of OTP's: over any order of ties, words, kills, ends, restarts of the
// node and commits that fail, each hears of each end once, behind the last word, and dies of what it is linked to.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { worker } from '../../supervisors/index.ts';
import { count } from '../support/length.ts';
import { BATCHES, NodeLives } from '../support/node-lives.ts';
import { settle } from '../support/settle.ts';
import { tiedActor } from '../support/tied-actor.ts';

const ACTORS = [
  { id: 'p', durable: true, trapExits: false, restart: 'permanent' },
  { id: 'q', durable: true, trapExits: true, restart: 'permanent' },
  { id: 'r', durable: false, trapExits: false, restart: 'permanent' },
  { id: 's', durable: false, trapExits: true, restart: 'permanent' },
  { id: 't', durable: true, trapExits: false, restart: 'temporary' },
  { id: 'u', durable: false, trapExits: false, restart: 'temporary' },
] as const;
const IDS = ACTORS.map(({ id }) => id);
type Id = (typeof IDS)[number];
const about = (id: Id) => ACTORS[IDS.indexOf(id)] as (typeof ACTORS)[number];
const children = () => ACTORS.map(({ id, ...options }) => worker(id, tiedActor, options));

class Model {
  readonly alive = new Set<Id>(IDS);
  readonly heard = new Map<Id, string[]>(IDS.map((id) => [id, []]));
  monitors: Array<readonly [Id, Id]> = [];
  links: Array<readonly [Id, Id]> = [];

  linksOf = (id: Id): Id[] => this.links.flatMap(([a, b]) => (a === id ? [b] : b === id ? [a] : []));
  monitorsOf = (id: Id): Id[] => this.monitors.flatMap(([a, b]) => (a === id ? [b] : []));
  hear = (id: Id, what: string): void => void this.heard.get(id)?.push(what);

  unlink(a: Id, b: Id): void {
    this.links = this.links.filter((pair) => a === b || !(pair.includes(a) && pair.includes(b)));
  }

  demonitor(a: Id, b: Id): void {
    this.monitors = this.monitors.filter(([from, to]) => from !== a || to !== b);
  }

  monitor(a: Id, b: Id): void {
    if (!this.alive.has(b)) this.hear(a, `DOWN ${b}: noproc`);
    else if (a !== b && !this.monitorsOf(a).includes(b)) this.monitors.push([a, b]);
  }

  link(a: Id, b: Id): void {
    if (!this.alive.has(b)) this.signal(a, b, 'noproc');
    else if (a !== b && !this.linksOf(a).includes(b)) this.links.push([a, b]);
  }

  signal(to: Id, from: Id, reason: string): void {
    if (about(to).trapExits) this.hear(to, `EXIT ${from}: ${reason}`);
    else if (reason !== 'normal') this.exit(to, reason);
  }

  exit(id: Id, reason: string): void {
    const watchers = this.monitors.filter(([, to]) => to === id).map(([from]) => from);
    const linked = this.linksOf(id);
    this.monitors = this.monitors.filter(([, to]) => to !== id);
    this.links = this.links.filter((pair) => !pair.includes(id));
    if (!about(id).durable || about(id).restart === 'temporary' || reason === 'normal') this.forget(id);
    if (about(id).restart === 'temporary') this.alive.delete(id);
    for (const to of watchers) this.hear(to, `DOWN ${id}: ${reason}`);
    for (const to of linked) this.signal(to, id, reason);
  }

  forget(id: Id): void {
    this.heard.set(id, []);
    this.monitors = this.monitors.filter(([from]) => from !== id);
  }

  /** What was volatile went with the node before; what was durable goes on. */
  reboot(): void {
    const lost = IDS.filter((id) => !about(id).durable && this.alive.has(id));
    const told = [...this.monitors].filter(([from, to]) => about(from).durable && !about(to).durable);
    const ends = lost.flatMap((id) => this.linksOf(id).flatMap((to) => (about(to).durable ? [[to, id] as const] : [])));
    for (const id of lost) {
      this.monitors = this.monitors.filter((pair) => !pair.includes(id));
      this.links = this.links.filter((pair) => !pair.includes(id));
      this.forget(id);
    }
    for (const id of IDS) this.alive.add(id);
    for (const [from, to] of told) this.hear(from, `DOWN ${to}: noproc`);
    const dead = new Set<Id>();
    for (const [to, from] of ends) {
      if (!about(to).trapExits && dead.has(to)) continue;
      dead.add(to);
      this.signal(to, from, 'noproc');
    }
  }
}

const id = fc.constantFrom(...IDS);
const by = <Do extends string>(...does: Do[]) => fc.record({ do: fc.constantFrom(...does), who: id, whom: id });
const SCRIPT = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: by('MONITOR', 'LINK', 'LINK') },
    { weight: 2, arbitrary: by('DEMONITOR', 'UNLINK') },
    { weight: 4, arbitrary: by('SAY', 'SAY_AND_END', 'END', 'kill', 'kill_both') },
    { weight: 1, arbitrary: by('crash', 'stop', 'fail') },
  ),
  { maxLength: 25, size: 'max' },
);
type Act = (typeof SCRIPT extends fc.Arbitrary<Array<infer Each>> ? Each : never) & { readonly do: string };

async function act(lives: NodeLives, model: Model, { do: what, who, whom }: Act): Promise<void> {
  if (what === 'crash' || what === 'stop') {
    await (what === 'crash' ? lives.crash() : lives.stopAndStart());
    model.reboot();
  } else if (what === 'fail') {
    lives.node.journal.failNext(whom < 'r' ? 'vanished' : 'unconfirmed');
  } else if (model.alive.has(who) && !(what.startsWith('SAY') && who === whom)) {
    await onAlive(lives, model, what, who, whom);
  }
}

async function onAlive(lives: NodeLives, model: Model, what: string, who: Id, whom: Id): Promise<void> {
  if (what === 'kill_both') {
    // Who traps exits may hear of the other before its own end, or not: both are right.
    const both = [...new Set([who, whom])].filter((each) => model.alive.has(each) && !about(each).trapExits);
    await Promise.all(both.map((each) => lives.node.system.kill(each)));
    for (const each of both) if (model.alive.has(each)) model.exit(each, 'killed');
    return;
  }
  if (what === 'kill') await lives.node.system.kill(who);
  else await lives.tellSurely(who, { type: what, about: whom, text: who });
  if (what.startsWith('SAY') && model.alive.has(whom)) model.hear(whom, `HEAR ${who}`);
  if (what === 'kill') model.exit(who, 'killed');
  else if (what.endsWith('END')) model.exit(who, 'normal');
  else if (what === 'MONITOR') model.monitor(who, whom);
  else if (what === 'LINK') model.link(who, whom);
  else if (what === 'DEMONITOR') model.demonitor(who, whom);
  else if (what === 'UNLINK') model.unlink(who, whom);
}

const sorted = (list: readonly string[]): string[] => [...list].sort();

/** Words and ends of one actor in the order heard; whether its end is heard first as DOWN or as EXIT is nobody's business. */
const spokenBy = (speaker: Id, heard: readonly string[]): string[] =>
  heard.flatMap((what) => (what.startsWith(`HEAR ${speaker}`) ? ['word'] : what.includes(` ${speaker}: `) ? [what.replace(/^\w+ /, 'end ')] : []));

function compare({ node }: NodeLives, model: Model, after: string, exitsBefore: number): void {
  const exits = node.exits().splice(exitsBefore);
  expect([after, exits], 'each ends at most once').toEqual([after, [...new Set(exits)]]);
  const seen = IDS.map((each) => {
    const there = node.system.inspect(each);
    const heard = ((there?.context as { heard?: string[] } | undefined)?.heard ?? []) as string[];
    return { id: each, alive: there?.state === 'running', heard: sorted(heard), links: sorted(there?.links ?? []), monitors: sorted(there?.monitors ?? []) };
  });
  const meant = IDS.map((each) => ({
    id: each,
    alive: model.alive.has(each),
    heard: sorted(model.heard.get(each) ?? []),
    links: sorted(model.linksOf(each)),
    monitors: sorted(model.monitorsOf(each)),
  }));
  expect([after, seen]).toEqual([after, meant]);
  const rows = [...node.store.ties.all()].map(({ kind, holder, other }) => `${kind} ${holder} ${other}`);
  const durable = IDS.filter((each) => about(each).durable);
  const rowsMeant = durable.flatMap((each) => [...model.linksOf(each).map((to) => `link ${each} ${to}`), ...model.monitorsOf(each).map((to) => `monitor ${each} ${to}`)]);
  expect([after, sorted(rows)]).toEqual([after, sorted(rowsMeant)]);
  for (const each of IDS) {
    const heard = (node.context(each).heard ?? []) as string[];
    for (const of of IDS) expect([after, each, spokenBy(of, heard)]).toEqual([after, each, spokenBy(of, model.heard.get(each) ?? [])]);
  }
}

describe('links and monitors', () => {
  it(
    'are what a model of OTP says, over any order of ties, ends, restarts and lost commits (K27)',
    async () => {
      await fc.assert(
        fc.asyncProperty(BATCHES, SCRIPT, async (limits, script) => {
          const lives = await NodeLives.begin(children, limits);
          const model = new Model();
          for (const [index, each] of script.entries()) {
            const { node } = lives;
            const exits = node.exits().length;
            await act(lives, model, each as Act);
            await settle(30);
            // After a second failure in a row a journal is left alone for a while.
            await lives.node.pass(1_000);
            compare(lives, model, `${index}: ${each.do} ${each.who} ${each.whom}`, lives.node === node ? exits : 0);
          }
          const { openAsks, heldMail, unwrittenMail, mail, timers, ties } = lives.node.system.counts();
          const held = 2 * model.links.length + model.monitors.length;
          expect({ openAsks, heldMail, unwrittenMail, mail, timers, ties }).toEqual({ openAsks: 0, heldMail: 0, unwrittenMail: 0, mail: 0, timers: 0, ties: held });
          await lives.end();
        }),
        { numRuns: count(60, 1_000) },
      );
    },
    count(20_000, 900_000),
  );
});
