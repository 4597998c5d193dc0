import { describe, expect, it } from 'vitest';
import { NORMAL } from '../../runtime/index.ts';
import { settle } from '../support/settle.ts';
import { child, dynamicallySupervised, type NamedChild } from '../support/supervised.ts';

const templates = {
  job: (_input: unknown, id: string) => child({ id, restart: 'transient', durable: true }),
  service: (_input: unknown, id: string) => child(id),
  picky: (input: unknown, id: string) => {
    if (input !== 'good') throw new Error('bad input');
    return child(id);
  },
};
const row = (id: string, template = 'job', input: unknown = null) => ({ type: 'troupe.start_child', row: { template, id, input } }) as const;
const spec = (named: NamedChild) => ({ type: 'troupe.start_child', spec: child(named) }) as const;

async function durable() {
  const tree = await dynamicallySupervised({ durable: true, templates, intensity: 5 }).begin();
  tree.history();
  return tree;
}

describe('durable dynamic children', () => {
  it('have their row before they start', async () => {
    const tree = await durable();
    expect(await tree.ask(row('x'))).toEqual({ ok: true, address: 'tree/x' });
    expect(tree.history()).toEqual(['row x', 'start x']);
  });

  it('have no row when they fail to start', async () => {
    const tree = await durable();
    tree.host.failures.set('x', 1);
    expect(await tree.ask(row('x'))).toMatchObject({ ok: false, reason: 'start_failed' });
    expect(tree.history()).toEqual(['row x', 'fail x', 'no row x']);
    expect(tree.children()).toEqual([]);
  });

  it('start from their rows with the supervisor, page by page; it waits for the first page only', async () => {
    const tree = dynamicallySupervised({ durable: true, templates });
    for (let n = 0; n < 1_203; n += 1) await tree.host.putRow({ template: 'job', id: `x${n}`, input: null });
    const startLater = tree.host.holdStart('x999');
    await tree.begin();
    expect([tree.host.up, tree.host.view?.info('x0')?.state, tree.host.alive.has('x999')]).toEqual([true, 'running', false]);
    startLater();
    await settle();
    expect(tree.host.view?.count()).toEqual({ specs: 1_203, active: 1_203, supervisors: 0, workers: 1_203 });
    expect(tree.host.up).toBe(true);
  });

  it('start when a row was committed elsewhere, once', async () => {
    const tree = await durable();
    const committed = await tree.host.putRow({ template: 'job', id: 'x', input: { n: 1 } });
    tree.send({ type: 'troupe.child_row', row: committed });
    tree.send({ type: 'troupe.child_row', row: committed });
    await tree.pass(0);
    expect(tree.history()).toEqual(['row x', 'start x']);
  });

  it('that cannot start from their row stay stopped with it, disturb nobody, and can be tried again', async () => {
    const tree = dynamicallySupervised({ durable: true, templates, intensity: 0 });
    for (const id of ['x', 'y']) await tree.host.putRow({ template: 'job', id, input: null });
    await tree.host.putRow({ template: 'jbo', id: 'z', input: null });
    await tree.host.putRow({ template: 'picky', id: 'w', input: 'bad' });
    tree.host.failures.set('x', 1);
    await tree.begin();
    expect(tree.children()).toEqual(['x stopped', 'y running']);
    expect([...tree.host.durableRows.keys()]).toEqual(['x', 'y', 'z', 'w']);
    const failures = tree.host.facts.flatMap((fact) => (fact.kind === 'child.start_failed' && fact.reason.kind === 'crash' ? [`${fact.id}: ${fact.reason.message}`] : []));
    expect(failures.sort()).toEqual(["w: template 'picky': bad input", 'x: no start', "z: no template 'jbo'; did you mean 'job'?"]);
    expect(await tree.ask({ type: 'troupe.restart_child', id: 'x' })).toEqual({ ok: true, address: 'tree/x' });
  });

  it('lose their row when they are killed for good by their restart type, and keep it over a restart', async () => {
    const tree = await durable();
    await tree.ask(row('x'));
    await tree.crash('x');
    expect(tree.children()).toEqual(['x running']);
    expect(tree.host.durableRows.has('x')).toBe(true);
    await tree.exit('x', { kind: 'shutdown' });
    expect(tree.children()).toEqual([]);
    expect(tree.host.durableRows.has('x')).toBe(false);
  });

  it('that ended by themselves may come back under their id at once: the new row is not taken for the old one', async () => {
    const tree = await durable();
    await tree.ask(row('x'));
    tree.host.durableRows.delete('x'); // as the commit of its end does
    tree.fall('x', NORMAL);
    const committed = await tree.host.putRow({ template: 'job', id: 'x', input: null });
    tree.send({ type: 'troupe.child_row', row: committed });
    await tree.pass(0);
    expect(tree.children()).toEqual(['x running']);
    expect(tree.host.durableRows.has('x')).toBe(true);
  });

  it('terminated by hand are gone for good, row and mail', async () => {
    const tree = await durable();
    await tree.ask(row('x'));
    tree.history();
    expect(await tree.ask({ type: 'troupe.terminate_child', id: 'x' })).toEqual({ ok: true, address: 'tree/x' });
    expect(tree.history()).toEqual(['stop x for good', 'no row x']);
    expect(await tree.ask({ type: 'troupe.terminate_child', id: 'x' })).toEqual({ ok: false, reason: 'not_found' });
  });
});

describe('dynamic children', () => {
  it.each(['transient', 'temporary'] as const)('that are %s leave the table when they end', async (restart) => {
    const tree = await dynamicallySupervised().begin();
    await tree.ask(spec({ id: 'x', restart }));
    await tree.exit('x', NORMAL);
    expect(tree.children()).toEqual([]);
    expect(await tree.ask(spec({ id: 'x', restart }))).toMatchObject({ ok: true });
  });

  it('share one restart intensity; beyond it all of them end', async () => {
    const tree = await dynamicallySupervised({ intensity: 1 }).begin();
    for (const id of ['x', 'y', 'z']) await tree.ask(spec(id));
    await tree.crash('x');
    await tree.crash('y');
    expect(tree.ended).toBe('shutdown: reached_max_restart_intensity');
    expect(tree.host.alive.size).toBe(0);
  });

  it('do not wait for one another', async () => {
    const tree = await dynamicallySupervised().begin();
    const goOn = tree.host.holdStart('slow');
    await tree.ask(spec('slow'));
    expect(await tree.ask(spec('quick'))).toMatchObject({ ok: true });
    expect(tree.children()).toEqual(['slow restarting', 'quick running']);
    goOn();
  });

  it('about the same id wait for each other', async () => {
    const tree = await dynamicallySupervised().begin();
    const goOn = tree.host.holdStart('x');
    await tree.ask(spec('x'));
    const second = tree.ask(spec('x'));
    goOn();
    expect(await second).toEqual({ ok: false, reason: 'already_started' });
  });

  it('never exceed their bound, not even when started at once', async () => {
    const tree = await dynamicallySupervised({ maxChildren: 2, durable: true, templates }).begin();
    for (const id of ['x', 'y', 'z']) tree.send({ ...row(id), ask: `bound ${id}` });
    await tree.pass(0);
    const answers = ['x', 'y', 'z'].map((id) => tree.host.answers.get(`bound ${id}`));
    expect(answers.filter((answer) => answer?.ok === true)).toHaveLength(2);
    expect(answers.filter((answer) => answer?.ok === false)).toEqual([{ ok: false, reason: 'invalid', detail: 'max_children: at most 2' }]);
  });

  it('end all at once when the supervisor ends, the slow ones too', async () => {
    const tree = await dynamicallySupervised().begin();
    for (const id of ['x', 'y']) await tree.ask(spec(id));
    const goOn = tree.host.holdStop('y');
    tree.history();
    await tree.shutdown();
    expect(tree.history().sort()).toEqual(['stop x', 'stop y']);
    expect(tree.ended).toBeUndefined();
    goOn();
    await tree.pass(0);
    expect(tree.ended).toBe('shutdown');
  });

  it('are not deleted, nor restarted while they run (OTP: simple_one_for_one)', async () => {
    const tree = await dynamicallySupervised().begin();
    await tree.ask(spec('x'));
    expect(await tree.ask({ type: 'troupe.delete_child', id: 'x' })).toMatchObject({ ok: false, reason: 'simple_one_for_one' });
    expect(await tree.ask({ type: 'troupe.restart_child', id: 'x' })).toMatchObject({ ok: false, reason: 'simple_one_for_one' });
  });

  it('from a template that is unknown or throws are refused with the reason', async () => {
    const tree = await dynamicallySupervised({ templates }).begin();
    expect(await tree.ask(row('x', 'servcie'))).toEqual({ ok: false, reason: 'invalid', detail: "no template 'servcie'; did you mean 'service'?" });
    expect(await tree.ask(row('x', 'toString'))).toMatchObject({ ok: false, reason: 'invalid' });
    expect(await tree.ask(row('x', 'picky', 'bad'))).toEqual({ ok: false, reason: 'invalid', detail: "template 'picky': bad input" });
    expect(await tree.ask(row('x', 'picky', 'good'))).toMatchObject({ ok: true });
  });

  it('may be five thousand, started, killed and restarted at once', async () => {
    const tree = await dynamicallySupervised({ intensity: 10_000 }).begin();
    for (let n = 0; n < 5_000; n += 1) tree.send({ ...spec(`x${n}`), ask: `many ${n}` });
    await tree.pass(0);
    expect(tree.host.view?.count().active).toBe(5_000);
    for (let n = 0; n < 5_000; n += 1) tree.fall(`x${n}`, { kind: 'killed' });
    await tree.pass(0);
    expect(tree.host.view?.count().active).toBe(5_000);
    expect(tree.phase).toEqual({ running: 'steady' });
  });
});
