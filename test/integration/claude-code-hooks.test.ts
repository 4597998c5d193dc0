// The hooks of examples/claude-code as Claude Code runs them: its event on stdin, their answer on stdout, against a running node.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { startProgram } from '../support/child-program.ts';
import { eventually, type NodePlace, type NodeProcess, nodePlace, ROOT, troupe, up } from '../support/node-process.ts';

const EXAMPLE = join(ROOT, 'examples/claude-code');
const HOOK = join(EXAMPLE, 'troupe-hook.mjs');
const LIMIT_MS = 60_000;

let place: NodePlace;
let node: NodeProcess;
let token: string;
let session = '';
let sessions = 0;

beforeAll(async () => {
  place = await nodePlace();
  node = await up(place);
  token = (await json<{ token: string }>('token', '--name', 'claude', '--role', 'agent')).token;
});
afterAll(() => place.close());
const nextSession = (): void => {
  sessions += 1;
  session = `${String(sessions).padStart(8, 'a')}-1111-2222-3333-444444444444`;
};
beforeEach(nextSession);

const json = async <T>(...args: readonly string[]): Promise<T> => (await troupe(place, [...args, '--json'])).json<T>();

/** The members that Claude Code gives every hook. */
const start = (hook_event_name: string, more: object = {}, env: Readonly<Record<string, string>> = {}) => {
  const input = JSON.stringify({ session_id: session, transcript_path: '/nowhere.jsonl', cwd: place.folder, hook_event_name, ...more });
  const child = startProgram(process.execPath, [HOOK], {
    cwd: place.folder,
    // Its state lies in the folder of the test.
    env: { ...place.env, TMPDIR: place.folder, TROUPE_URL: node.urls.rpc, TROUPE_TOKEN: token, TROUPE_IDLE_SECONDS: '0', ...env },
    input,
  });
  place.children.push(child);
  return child;
};

interface Said {
  readonly decision?: string;
  readonly reason?: string;
  readonly systemMessage?: string;
  readonly hookSpecificOutput?: { readonly hookEventName: string; readonly additionalContext: string };
}

async function hook(...given: Parameters<typeof start>): Promise<Said | undefined> {
  const { code, stdout, stderr } = await start(...given).ended(LIMIT_MS);
  expect([code, stderr]).toEqual([0, '']);
  return stdout === '' ? undefined : (JSON.parse(stdout) as Said);
}

const name = () => `guest.claude-${session.slice(0, 8)}`;
const submit = async (...more: readonly string[]) => (await json<{ task: string }>('submit', 'count the files', '--agent', name(), ...more)).task;
const handed = (task: string) => eventually('the task is handed over', async () => (await json<{ status: string }>('task', task)).status === 'running', LIMIT_MS);
const call = async (method: string, params: object): Promise<unknown> => {
  const answer = await fetch(`${node.urls.rpc}/rpc`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  return answer.json();
};

it('the settings run that program at every event that it answers', () => {
  const { hooks } = JSON.parse(readFileSync(join(EXAMPLE, 'settings.json'), 'utf8')) as {
    hooks: Readonly<Record<string, ReadonlyArray<{ hooks: ReadonlyArray<{ command: string }> }>>>;
  };
  const answered = /const HOOKS = \{[\s\S]*?\n\};/.exec(readFileSync(HOOK, 'utf8'))?.[0].matchAll(/^ {2}(\w+):/gm) ?? [];
  expect(Object.keys(hooks).sort()).toEqual([...answered].map(([, event]) => event).sort());
  for (const [{ hooks: programs } = { hooks: [] }] of Object.values(hooks)) expect(programs[0]?.command).toContain('.claude/troupe-hook.mjs');
});

it('a session joins when it starts, and leaves at its end', async () => {
  expect(await hook('SessionStart', { source: 'startup' })).toMatchObject({
    hookSpecificOutput: { hookEventName: 'SessionStart', additionalContext: expect.stringContaining(name()) },
  });
  expect(await json('agents')).toMatchObject({ items: expect.arrayContaining([expect.objectContaining({ name: name(), ungated: true, state: 'ready', capabilities: ['code'] })]) });
  expect(await hook('SessionEnd', { reason: 'exit' })).toBeUndefined();
  expect(await json('agents')).toMatchObject({ items: expect.arrayContaining([expect.objectContaining({ name: name(), state: 'left' })]) });
});

it('a prompt brings what came since, once', async () => {
  await hook('SessionStart', { source: 'startup' });
  expect(await hook('UserPromptSubmit', { prompt: 'hi' })).toBeUndefined();
  await troupe(place, ['send', name(), 'note', '{"text":"look at the tests"}']);
  const task = await submit();
  await handed(task);
  const told = await hook('UserPromptSubmit', { prompt: 'go on' });
  expect(told?.hookSpecificOutput).toMatchObject({ hookEventName: 'UserPromptSubmit', additionalContext: expect.stringContaining('look at the tests') });
  expect(told?.hookSpecificOutput?.additionalContext).toMatch(new RegExp(`count the files[\\s\\S]*task_complete[\\s\\S]*"task":"${task}","epoch":1`));
  expect(await hook('UserPromptSubmit', { prompt: 'and' })).toBeUndefined();
});

it('when it would stop with a task that it was told and has not reported it is reminded once, then stops', async () => {
  await hook('SessionStart', { source: 'startup' });
  const task = await submit();
  await handed(task);
  expect(await hook('Stop', { stop_hook_active: false })).toMatchObject({ decision: 'block', reason: expect.stringContaining('count the files') });
  expect(await hook('Stop', { stop_hook_active: true })).toMatchObject({ decision: 'block', reason: expect.stringContaining(`still hold the task ${task}`) });
  expect(await hook('Stop', { stop_hook_active: true })).toBeUndefined();
  expect(await call('task.complete', { agent: name(), task, epoch: 1, result: 7 })).toMatchObject({ result: { repeated: false } });
  expect(await hook('Stop', { stop_hook_active: false })).toBeUndefined();
});

it('an idle session is woken by what comes while it waits', async () => {
  await hook('SessionStart', { source: 'startup' });
  expect(await hook('Stop', { stop_hook_active: false })).toBeUndefined();
  const waiting = start('Stop', { stop_hook_active: false }, { TROUPE_IDLE_SECONDS: '300' });
  const task = await submit();
  const { stdout } = await waiting.ended(LIMIT_MS);
  expect(JSON.parse(stdout)).toMatchObject({ decision: 'block', reason: expect.stringContaining(task) });
});

it('one that was taken for gone joins anew at its next prompt, and is handed its work again', async () => {
  await hook('SessionStart', { source: 'startup' }, { TROUPE_LEASE_SECONDS: '1' });
  const task = await submit();
  await eventually('its silence was noticed', async () => (await json<{ status: string }>('task', task)).status === 'pending', LIMIT_MS);
  const first = await hook('UserPromptSubmit', { prompt: 'back' });
  await handed(task);
  const second = await hook('UserPromptSubmit', { prompt: 'again' });
  const told = [first, second].map((said) => said?.hookSpecificOutput?.additionalContext ?? '').join('');
  expect(told.split(`"task":"${task}"`).length).toBe(2);
  expect(await json('task', task)).toMatchObject({ status: 'running', agent: name() });
});

it('of two sessions of one token the one that waits for a permission is alive, by the use of the tool that its hook has told', async () => {
  const LEASE = { TROUPE_LEASE_SECONDS: '3' };
  await hook('SessionStart', { source: 'startup' }, LEASE);
  await hook('PreToolUse', { tool_name: 'Bash', tool_input: { command: 'touch x' }, tool_use_id: 'toolu_of_one' });
  const waits = name();
  const asked = call('permission.prompt', { tool_name: 'Bash', input: { command: 'touch x' }, tool_use_id: 'toolu_of_one' });
  nextSession();
  await hook('SessionStart', { source: 'startup' }, LEASE);
  const stateOf = async (agent: string) => (await json<{ items: ReadonlyArray<{ name: string; state: string }> }>('agents')).items.find((seen) => seen.name === agent)?.state;
  await eventually('the other is silent', async () => (await stateOf(name())) === 'silent', LIMIT_MS);
  expect(await stateOf(waits)).toBe('ready');
  const [waiting] = (await json<{ items: ReadonlyArray<{ id: string }> }>('approvals')).items;
  await troupe(place, ['deny', String(waiting?.id), '--why', 'seen enough']);
  expect(await asked).toMatchObject({ result: { behavior: 'deny', message: expect.stringContaining('seen enough') } });
});

it('what fails is told to the person and stands in nobody’s way', async () => {
  expect(await hook('UserPromptSubmit', { prompt: 'hi' }, { TROUPE_URL: 'http://127.0.0.1:1' })).toEqual({ systemMessage: expect.stringMatching(/^Troupe: /) });
  const mighty = (await json<{ token: string }>('token', '--name', 'boss', '--role', 'admin')).token;
  expect(await hook('SessionStart', { source: 'startup' }, { TROUPE_TOKEN: mighty })).toEqual({ systemMessage: expect.stringContaining('role agent') });
  expect(await hook('Notification', { message: 'x' })).toBeUndefined();
});
