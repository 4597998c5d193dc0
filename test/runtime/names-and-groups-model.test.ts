// Names and groups against a model: over any order of taking, leaving, ends, restarts of the node and commits that fail, a name has one
// holder, what is sent by name or to a group reaches who the model says, and nothing outlives its holder.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type System, via } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import { count } from '../support/length.ts';
import { BATCHES, NodeLives } from '../support/node-lives.ts';
import { settle } from '../support/settle.ts';
import { tiedActor } from '../support/tied-actor.ts';

const ACTORS = {
  p: { durable: true, restart: 'permanent', groups: ['given'] },
  q: { durable: true, restart: 'temporary', groups: [] },
  r: { durable: false, restart: 'permanent', groups: ['given'] },
  s: { durable: false, restart: 'temporary', groups: [] },
} as const;
type Id = keyof typeof ACTORS;
const IDS = Object.keys(ACTORS) as Id[];
const NAMES = ['desk', 'till'];
const GROUPS = ['given', 'red'];
const children = () => IDS.map((id) => worker(id, tiedActor, { ...ACTORS[id], restart: ACTORS[id].restart }));

class Model {
  alive = new Set<Id>(IDS);
  names = new Map<string, Id>();
  groups = new Map<string, Set<Id>>(GROUPS.map((group) => [group, new Set()]));
  /** Poisoned messages in a row. */
  poisoned = new Map<Id, number>();
  heard = new Map<Id, number>(IDS.map((id) => [id, 0]));

  constructor() {
    for (const id of IDS) this.join(id);
  }

  join(id: Id): void {
    for (const group of ACTORS[id].groups) this.groups.get(group)?.add(id);
  }

  /** True when the name is the actor's from now on. */
  take(id: Id, name: string): boolean {
    const holder = this.names.get(name) ?? id;
    this.names.set(name, holder);
    return holder === id;
  }

  letGo(id: Id, name: string): void {
    if (this.names.get(name) === id) this.names.delete(name);
  }

  /** A step that fails ends a volatile actor; of durable ones the third in a row does (K12). */
  fail(id: Id): void {
    const inARow = (this.poisoned.get(id) ?? 0) + 1;
    this.poisoned.set(id, inARow % 3);
    if (!ACTORS[id].durable || inARow === 3) this.end(id, false);
  }

  hear(id: Id | undefined): void {
    if (id !== undefined) this.poisoned.delete(id);
    if (id !== undefined) this.heard.set(id, (this.heard.get(id) ?? 0) + 1);
  }

  end(id: Id, normal: boolean): void {
    const { durable, restart } = ACTORS[id];
    if (normal || restart === 'temporary') this.poisoned.delete(id);
    if (!durable || normal) this.heard.set(id, 0);
    if (!durable || restart === 'temporary') {
      for (const name of NAMES) this.letGo(id, name);
      for (const members of this.groups.values()) members.delete(id);
    }
    if (restart === 'temporary') this.alive.delete(id);
    else this.join(id);
  }

  reboot(): void {
    for (const id of IDS) {
      if (!ACTORS[id].durable) this.end(id, false);
      if (!this.alive.has(id)) this.heard.set(id, 0);
      this.alive.add(id);
      this.join(id);
    }
  }
}

const SCRIPT = fc.array(
  fc.record({
    do: fc.constantFrom('NAME', 'NAME', 'UNNAME', 'JOIN', 'JOIN', 'LEAVE', 'END', 'kill', 'give', 'race', 'by_name', 'by_name', 'broadcast', 'broadcast', 'crash', 'stop', 'fail'),
    who: fc.constantFrom(...IDS),
    name: fc.constantFrom(...NAMES),
    group: fc.constantFrom(...GROUPS),
  }),
  { maxLength: 30, size: 'max' },
);
type Act = { readonly do: string; readonly who: Id; readonly name: string; readonly group: string };

async function takeName(lives: NodeLives, model: Model, who: Id, name: string): Promise<void> {
  await lives.tellSurely(who, { type: 'NAME', about: name });
  if (model.take(who, name)) model.poisoned.delete(who);
  else model.fail(who);
}

const outcome = (work: Promise<void>): Promise<string> =>
  work.then(
    () => 'ok',
    (error: { code?: string }) => error.code ?? String(error),
  );

/** All want the name at once: one gets it, unless it is taken. */
async function race(system: System, model: Model, name: string): Promise<void> {
  const wanting = [...model.alive];
  const results = await Promise.all(wanting.map((id) => outcome(system.registerName(name, id))));
  const holder = model.names.get(name);
  const winners = wanting.filter((_, index) => results[index] === 'ok');
  expect(winners).toEqual(holder === undefined ? [expect.any(String)] : model.alive.has(holder) ? [holder] : []);
  if (winners[0] !== undefined) model.names.set(name, winners[0]);
}

async function act(lives: NodeLives, model: Model, { do: what, who, name, group }: Act): Promise<void> {
  const { system, journal } = lives.node;
  if (what === 'crash') await lives.crash();
  if (what === 'stop') await lives.stopAndStart();
  if (what === 'crash' || what === 'stop') model.reboot();
  if (what === 'fail') journal.failNext(name === 'desk' ? 'vanished' : 'unconfirmed');
  if (what === 'race') await race(system, model, name);
  if (what === 'by_name') {
    const holder = model.names.get(name);
    expect(await outcome(lives.tellSurely(via(name), { type: 'HEAR', text: 'you' }))).toBe(holder === undefined ? 'NoSuchActor' : 'ok');
    model.hear(holder);
  }
  if (what === 'broadcast') {
    // Only durable members take a repeated one once: commits that are to fail fail before.
    for (; journal.faults > 0; model.poisoned.delete('p')) await lives.tellSurely('p', { type: 'UNNAME', about: 'nothing' });
    const members = [...(model.groups.get(group) ?? [])];
    expect([...(await system.broadcast(group, { type: 'HEAR', text: 'all' }))].sort()).toEqual(members.sort());
    for (const member of members) model.hear(member);
  }
  if (!model.alive.has(who)) return;
  if (what === 'give') {
    const holder = model.names.get(name);
    expect(await outcome(system.registerName(name, who))).toBe(model.take(who, name) ? 'ok' : 'NameTaken');
    expect(system.whereis(name)).toBe(holder ?? who);
  }
  if (what === 'NAME') await takeName(lives, model, who, name);
  if (what === 'UNNAME' || what === 'END') await lives.tellSurely(who, { type: what, about: name });
  if (what === 'JOIN' || what === 'LEAVE') await lives.tellSurely(who, { type: what, about: group });
  if (what === 'kill') await system.kill(who);
  if (what === 'UNNAME' || what === 'JOIN' || what === 'LEAVE') model.poisoned.delete(who);
  if (what === 'UNNAME') model.letGo(who, name);
  if (what === 'JOIN') model.groups.get(group)?.add(who);
  if (what === 'LEAVE') model.groups.get(group)?.delete(who);
  if (what === 'END' || what === 'kill') model.end(who, what === 'END');
}

function compare({ node }: NodeLives, model: Model, after: string): void {
  const { system } = node;
  const seen = {
    alive: IDS.filter((id) => system.inspect(id)?.state === 'running'),
    names: NAMES.map((name) => system.whereis(name)),
    groups: GROUPS.map((group) => [...system.groupMembers(group)].sort()),
    heard: IDS.map((id) => ((node.context(id).heard ?? []) as string[]).length),
    rows: [...node.store.ties.all()].filter(({ kind }) => kind === 'name').map(({ holder, other }) => `${other} ${holder}`),
  };
  const meant = {
    alive: IDS.filter((id) => model.alive.has(id)),
    names: NAMES.map((name) => model.names.get(name)),
    groups: GROUPS.map((group) => [...(model.groups.get(group) ?? [])].sort()),
    heard: IDS.map((id) => (model.alive.has(id) ? model.heard.get(id) : 0)),
    rows: [...model.names].filter(([, id]) => ACTORS[id].durable).map(([name, id]) => `${name} ${id}`),
  };
  expect([after, { ...seen, rows: seen.rows.sort() }]).toEqual([after, { ...meant, rows: meant.rows.sort() }]);
}

describe('names and groups', () => {
  it(
    'are what a model says, over any order of taking, leaving, ends, restarts and lost commits (K27)',
    async () => {
      await fc.assert(
        fc.asyncProperty(BATCHES, SCRIPT, async (limits, script) => {
          const lives = await NodeLives.begin(children, limits);
          const model = new Model();
          for (const [index, each] of script.entries()) {
            await act(lives, model, each);
            await settle(30);
            compare(lives, model, `${index}: ${each.do} ${each.who} ${each.name} ${each.group}`);
          }
          await lives.end();
        }),
        { numRuns: count(60, 1_000) },
      );
    },
    count(20_000, 900_000),
  );
});
