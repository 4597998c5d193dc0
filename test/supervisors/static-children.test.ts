import { describe, expect, it } from 'vitest';
import { NORMAL } from '../../runtime/index.ts';
import { child, supervised } from '../support/supervised.ts';

const crew = () => supervised({ intensity: 5, children: ['a', { id: 'b', restart: 'transient' }, { id: 'c', restart: 'temporary' }] });
const start = (id: string) => ({ type: 'troupe.start_child', spec: child(id) }) as const;

describe('start_child', () => {
  it('starts a new child behind all others', async () => {
    const tree = await crew();
    expect(await tree.ask(start('d'))).toEqual({ ok: true, address: 'tree/d' });
    expect(tree.children().at(-1)).toBe('d running');
  });

  it('refuses an id that runs, and one that is there but stopped', async () => {
    const tree = await crew();
    expect(await tree.ask(start('a'))).toEqual({ ok: false, reason: 'already_started' });
    await tree.exit('b', NORMAL);
    expect(await tree.ask(start('b'))).toEqual({ ok: false, reason: 'already_present' });
  });

  it('keeps nothing of a child that failed to start, and counts nothing', async () => {
    const tree = await supervised({ intensity: 0, children: [] });
    tree.host.failures.set('d', 1);
    expect(await tree.ask(start('d'))).toEqual({ ok: false, reason: 'start_failed', detail: 'no start' });
    expect(tree.children()).toEqual([]);
    expect(tree.ended).toBeUndefined();
  });

  it('that ignores its start is kept as stopped, unless it is temporary', async () => {
    const tree = await crew();
    for (const id of ['d', 'e']) tree.host.ignoring.add(id);
    expect(await tree.ask(start('d'))).toMatchObject({ ok: true });
    expect(await tree.ask({ type: 'troupe.start_child', spec: child({ id: 'e', restart: 'temporary' }) })).toMatchObject({ ok: true });
    expect(tree.children()).toEqual(['a running', 'b running', 'c running', 'd stopped']);
  });

  it('refuses a spec that is wrong, naming where', async () => {
    const tree = await crew();
    const spec = { ...child('d'), restart: 'permanant' as 'permanent' };
    expect(await tree.ask({ type: 'troupe.start_child', spec })).toEqual({
      ok: false,
      reason: 'invalid',
      detail: "d.restart: 'permanant' is none of permanent, transient, temporary; did you mean 'permanent'?",
    });
  });

  it('refuses a significant child where significance means nothing', async () => {
    const tree = await crew();
    const spec = child({ id: 'd', restart: 'transient', significant: true });
    expect(await tree.ask({ type: 'troupe.start_child', spec })).toMatchObject({ ok: false, reason: 'invalid' });
  });

  it('refuses a template: those belong to dynamic supervisors', async () => {
    const tree = await crew();
    expect(await tree.ask({ type: 'troupe.start_child', row: { template: 't', id: 'd', input: null } })).toMatchObject({ ok: false, reason: 'invalid' });
  });
});

describe('terminate_child', () => {
  it('ends it without a restart and keeps its spec', async () => {
    const tree = await crew();
    expect(await tree.ask({ type: 'troupe.terminate_child', id: 'a' })).toEqual({ ok: true, address: 'tree/a' });
    expect(tree.history()).toEqual(['stop a']);
    expect(tree.children()[0]).toBe('a stopped');
  });

  it('removes a temporary one', async () => {
    const tree = await crew();
    await tree.ask({ type: 'troupe.terminate_child', id: 'c' });
    expect(tree.children()).toEqual(['a running', 'b running']);
  });

  it('of one that is terminated already is fine; of one unknown is not_found', async () => {
    const tree = await crew();
    await tree.ask({ type: 'troupe.terminate_child', id: 'a' });
    expect(await tree.ask({ type: 'troupe.terminate_child', id: 'a' })).toMatchObject({ ok: true });
    expect(await tree.ask({ type: 'troupe.terminate_child', id: 'z' })).toEqual({ ok: false, reason: 'not_found' });
  });
});

describe('restart_child', () => {
  it('starts a stopped child again', async () => {
    const tree = await crew();
    await tree.ask({ type: 'troupe.terminate_child', id: 'a' });
    expect(await tree.ask({ type: 'troupe.restart_child', id: 'a' })).toEqual({ ok: true, address: 'tree/a' });
    expect(tree.history()).toEqual(['stop a', 'start a']);
  });

  it('refuses one that runs, is on its way, or is unknown', async () => {
    const tree = await supervised({ intensity: 5, children: ['a', { id: 'b', backoff: { baseMs: 100, maxMs: 100, resetAfterMs: 0 } }] });
    await tree.crash('b');
    expect(await tree.ask({ type: 'troupe.restart_child', id: 'a' })).toEqual({ ok: false, reason: 'running' });
    expect(await tree.ask({ type: 'troupe.restart_child', id: 'b' })).toEqual({ ok: false, reason: 'restarting' });
    expect(await tree.ask({ type: 'troupe.restart_child', id: 'z' })).toEqual({ ok: false, reason: 'not_found' });
  });

  it('leaves it stopped when it cannot start', async () => {
    const tree = await crew();
    await tree.ask({ type: 'troupe.terminate_child', id: 'a' });
    tree.host.failures.set('a', 1);
    expect(await tree.ask({ type: 'troupe.restart_child', id: 'a' })).toMatchObject({ ok: false, reason: 'start_failed' });
    expect(tree.children()[0]).toBe('a stopped');
  });
});

describe('delete_child', () => {
  it('removes a stopped child with all that is kept of it', async () => {
    const tree = await crew();
    await tree.ask({ type: 'troupe.terminate_child', id: 'a' });
    tree.history();
    expect(await tree.ask({ type: 'troupe.delete_child', id: 'a' })).toEqual({ ok: true, address: 'tree/a' });
    expect(tree.history()).toEqual(['forget a']);
    expect(tree.children()).toEqual(['b running', 'c running']);
  });

  it('refuses one that runs or is unknown', async () => {
    const tree = await crew();
    expect(await tree.ask({ type: 'troupe.delete_child', id: 'a' })).toEqual({ ok: false, reason: 'running' });
    expect(await tree.ask({ type: 'troupe.delete_child', id: 'z' })).toEqual({ ok: false, reason: 'not_found' });
  });
});
