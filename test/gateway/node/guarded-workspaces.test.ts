import { describe, expect, it, onTestFinished } from 'vitest';
import { guardedWorkspaces } from '../../../gateway/node/guarded-workspaces.ts';
import { codedError, SimulatedClock } from '../../../runtime/index.ts';
import { runningNode } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';
import { NamedWorkspaces } from '../../support/work-services.ts';

const place = (workspace: string) => ({ planId: 'p', taskId: 't', workspace });

/** Opening fails in `/broken`, merging conflicts in `/contested`. */
class Failing extends NamedWorkspaces {
  tried = 0;
  override async open(where: { planId: string; taskId: string; workspace?: string }) {
    this.tried += 1;
    if (where.workspace === '/broken') throw codedError('GitFailed', { command: 'worktree', folder: '/broken', problem: 'broken' });
    return super.open(where);
  }
  override async integrate(where: { planId: string; taskId: string; workspace?: string }) {
    if (where.workspace === '/contested') throw codedError('MergeConflict', { branch: 'b', files: 'a' });
    return super.integrate(where);
  }
}

function guarded() {
  const inner = new Failing();
  const clock = new SimulatedClock();
  const changes: string[] = [];
  const workspaces = guardedWorkspaces(inner, { clock, onChange: (name, state) => void changes.push(`${name} ${state}`) });
  onTestFinished(() => void workspaces.stop());
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => 'ok',
      (error: { code?: string }) => error.code,
    );
  return { inner, clock, changes, workspaces, codeOf };
}

describe('git behind its circuit breakers', () => {
  it('is left alone in a repository where it fails again and again, and goes on in others', async () => {
    const { inner, changes, workspaces, codeOf } = guarded();
    for (let time = 0; time < 5; time += 1) expect(await codeOf(workspaces.open(place('/broken')))).toBe('GitFailed');
    expect(await codeOf(workspaces.open(place('/broken')))).toBe('BreakerOpen');
    expect([inner.tried, changes]).toEqual([5, ['git in /broken open']]);
    expect(await codeOf(workspaces.open(place('/well')))).toBe('ok');
    expect(workspaces.reports().map(({ name, state }) => [name, state])).toEqual([
      ['git in /broken', 'open'],
      ['git in /well', 'closed'],
    ]);
  });

  it('is not blamed for tasks that conflict with each other', async () => {
    const { changes, workspaces, codeOf } = guarded();
    for (let time = 0; time < 10; time += 1) expect(await codeOf(workspaces.integrate(place('/contested')))).toBe('MergeConflict');
    expect(changes).toEqual([]);
  });

  it('is forgotten with the last plan of a repository that works, and remembered where it does not', async () => {
    const { workspaces, codeOf } = guarded();
    await workspaces.open(place('/well'));
    await workspaces.close({ planId: 'p', workspace: '/well', taskIds: ['t'] });
    for (let time = 0; time < 5; time += 1) await codeOf(workspaces.open(place('/broken')));
    expect(await codeOf(workspaces.close({ planId: 'p', workspace: '/broken', taskIds: ['t'] }))).toBe('BreakerOpen');
    expect(workspaces.reports().map(({ name }) => name)).toEqual(['git in /broken']);
  });

  it('is waited for when the node stops, at most to a deadline, and takes nothing new', async () => {
    const { inner, clock, workspaces, codeOf } = guarded();
    let end = (): void => undefined;
    inner.integrate = () => new Promise((resolve) => (end = () => resolve({ commit: 'c', branch: 'b' })));
    const working = workspaces.integrate(place('/well'));
    let stopped = false;
    const stopping = workspaces.stop().then(() => (stopped = true));
    await settle();
    const refused = await Promise.all(['/well', '/other'].map((workspace) => codeOf(workspaces.open(place(workspace)))));
    expect([stopped, refused]).toEqual([false, ['NodeStopped', 'NodeStopped']]);
    end();
    await Promise.all([stopping, working.catch(() => undefined)]);

    const stuck = guarded();
    stuck.inner.integrate = () => new Promise(() => undefined);
    void stuck.workspaces.integrate(place('/well')).catch(() => undefined);
    const given = stuck.workspaces.stop();
    stuck.clock.advance(10_000);
    await given;
    expect(clock.now()).toBeLessThan(stuck.clock.now());
  });

  it('makes the node degraded, without telling anybody which repository it is', async () => {
    const { node, breakers, run } = await runningNode();
    expect(node.breakers()).toEqual([]);
    breakers.push({ name: 'git in /home/ann/secret', state: 'open', successes: 0, failures: 5, timeouts: 0, rejected: 1 });
    const status = await run<{ status: string; components: unknown }>('system.status');
    expect([status.status, JSON.stringify(status.components)]).toEqual(['degraded', expect.stringContaining('fails in 1 of 1 repositories')]);
    expect(JSON.stringify(status.components)).not.toContain('secret');
  });
});
