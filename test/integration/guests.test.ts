// Two guests as programs of their own, over MCP, on a running node: one is killed in the middle of its work, which the other then does.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ChildProgram, startProgram } from '../support/child-program.ts';
import { eventually, type NodePlace, type NodeProcess, nodePlace, troupe, up } from '../support/node-process.ts';

const PROGRAM = join(import.meta.dirname, '../support/guest-program.mjs');
const LIMIT_MS = 60_000;

let place: NodePlace;
let node: NodeProcess;

beforeAll(async () => {
  place = await nodePlace();
  node = await up(place);
});
afterAll(() => place.close());

const json = async <T>(...args: readonly string[]): Promise<T> => (await troupe(place, [...args, '--json'])).json<T>();
const tokenOf = async (name: string): Promise<string> => (await json<{ token: string }>('token', '--name', name, '--role', 'agent')).token;

function guest(name: string, token: string, manner: 'works' | 'holds'): ChildProgram {
  const child = startProgram(process.execPath, [PROGRAM, node.urls.rpc, token, name, manner], { cwd: place.folder, env: place.env });
  place.children.push(child);
  return child;
}

/** The first line that has the member. */
function said<T>(child: ChildProgram, member: string): Promise<T> {
  const find = ({ stdout }: ChildProgram): T | undefined =>
    stdout()
      .split('\n')
      .slice(0, -1)
      .map((line) => (JSON.parse(line) as Readonly<Record<string, T>>)[member])
      .find((value) => value !== undefined);
  return child.until(find, LIMIT_MS);
}

const status = (task: string) => json<{ status: string; agent: string | null; answer?: { result: unknown; epoch: number } }>('task', task);

it('the work of a guest that was killed is done by another, once, and what the first would still say is refused', async () => {
  const [first, second] = [await tokenOf('first'), await tokenOf('second')];
  const killed = guest('first', first, 'holds');
  await said(killed, 'joined');
  const { task } = await json<{ task: string }>('submit', 'look at the diff', '--capability', 'review');
  expect(await said<object>(killed, 'held')).toMatchObject({ task, epoch: 1, text: 'look at the diff' });
  expect(await status(task)).toMatchObject({ status: 'running', agent: 'guest.first' });

  const other = guest('second', second, 'works');
  await said(other, 'joined');
  // What waits says at once that it does: clients give a silent call up.
  await said(other, 'progress');
  killed.signalGroup('SIGKILL');
  expect(await said<object>(other, 'held')).toMatchObject({ task, epoch: 2 });
  expect(await said<object>(other, 'reported')).toEqual({ task, epoch: 2, repeated: false });
  await eventually('the task has ended', async () => (await status(task)).status === 'succeeded', LIMIT_MS);
  expect(await status(task)).toMatchObject({ agent: 'guest.second', answer: { result: 'done by second', epoch: 2 } });

  const late = await fetch(`${node.urls.rpc}/rpc`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${first}` },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'task.complete', params: { task, epoch: 1, result: 'late' } }),
  });
  expect(await late.json()).toMatchObject({ error: { data: { code: 'NotYourTask' } } });
  expect((await status(task)).answer?.result).toBe('done by second');

  const { items } = await json<{ items: ReadonlyArray<{ name: string; state: string; ungated: boolean }> }>('agents');
  expect(items.filter(({ ungated }) => ungated)).toMatchObject([
    { name: 'guest.first', state: 'silent' },
    { name: 'guest.second', state: 'ready' },
  ]);
  expect((await troupe(place, ['agents'])).stdout).toMatch(/\nguest\.second +worker +ungated +ready/);
});

it('a node that comes back knows its guests, and hands out what it was given meanwhile', async () => {
  await node.kill();
  node = await up(place);
  const again = guest('first', await tokenOf('first'), 'works');
  await said(again, 'joined');
  const { task } = await json<{ task: string }>('submit', 'look again', '--agent', 'guest.first');
  await eventually('the task has ended', async () => (await status(task)).status === 'succeeded', LIMIT_MS);
  expect(await status(task)).toMatchObject({ agent: 'guest.first' });
});
