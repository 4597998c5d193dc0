// A node killed with SIGKILL: its sessions end by themselves, in every kind of terminal.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { endOwned, findOwned } from '../../../actors/session/index.ts';
import { TERMINAL_KINDS } from '../../../actors/session/terminal.ts';
import { systemClock } from '../../../runtime/clock.ts';
import { BUILD_MS, builtHost } from './built-host.ts';
import { eventually, privateFolder } from './private-folder.ts';

const folder = privateFolder();
let script = '';

/** A node reduced to one session: prints `ready` once its host has said hello. */
const NODE = `
import { WebSocketServer } from 'ws';
import { systemClock } from './runtime/clock.js';
import { chooseTerminal, createHostDirectory, findExecutable, hostCommand, openTerminal, sessionLauncher } from './actors/session/index.js';
const [kind, token, dataDir] = process.argv.slice(2);
const env = { PATH: '/usr/bin:/bin', HOME: dataDir, LANG: 'C.UTF-8', TERM: 'xterm-256color' };
const clock = systemClock;
const hosts = createHostDirectory({ clock, heartbeatMs: 500, missedHeartbeats: 4, onSubmit: async () => ({ status: 'succeeded' }), onMessage: async () => {} });
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, path: '/ws', handleProtocols: () => 'jsonrpc' });
server.on('connection', (socket) => hosts.accept({
  send: (text) => socket.send(text), close: (code, reason) => socket.close(code, reason),
  onMessage: (listen) => socket.on('message', (data) => listen(data.toString())), onClose: (listen) => socket.on('close', listen),
}));
await new Promise((resolve) => server.once('listening', resolve));
const choice = await chooseTerminal({ env: { TROUPE_TERMINAL: kind }, which: (binary) => findExecutable(binary, env.PATH) });
const terminal = openTerminal(choice, { clock, dataDir, instance: 'test', ownerToken: token, env });
const launcher = sessionLauncher({
  clock, terminal, hosts, ownerToken: token, ticketDir: dataDir + '/tickets-' + kind, logDir: dataDir + '/logs', temporaryDir: dataDir,
  url: () => 'ws://127.0.0.1:' + server.address().port + '/ws', argv: hostCommand(), env, cwd: dataDir, readyMs: 15000, graceMs: 1000,
});
const { signal } = new AbortController();
await launcher.launch('testing', signal);
await launcher.ready('testing', signal);
console.log('ready');
`;

beforeAll(() => {
  const root = join(dirname(builtHost(folder)), '../../..');
  script = join(root, 'node-of-one-session.js');
  writeFileSync(script, NODE);
}, BUILD_MS);

const started: { readonly child: ChildProcess; readonly token: string }[] = [];
afterEach(async () => {
  for (const { child, token } of started.splice(0)) {
    child.kill('SIGKILL');
    await endOwned(token, { clock: systemClock, graceMs: 500 });
  }
});

describe.each(TERMINAL_KINDS)('a node with sessions in %s', (kind) => {
  it('leaves nothing running when it is killed', async () => {
    const token = randomUUID();
    const child = spawn(process.execPath, [script, kind, token, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    started.push({ child, token });
    const printed = new Promise<string>((resolve) => child.stdout.once('data', (data) => resolve(String(data))));
    expect(await printed).toBe('ready\n');
    expect(findOwned(token).length).toBeGreaterThan(0);
    child.kill('SIGKILL');
    await eventually(() => findOwned(token).length === 0, 5_000);
  });
});
