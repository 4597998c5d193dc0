// MCP Inspector's command line against a node, in both revisions: what somebody sees who looks at a server for the first time.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OPERATIONS } from '../../gateway/operations/index.ts';
import { privateFolder } from '../support/private-folder.ts';
import { runningNode } from '../support/running-node.ts';
import { HONEST, openRpcDoor } from '../support/test-door.ts';

const INSPECTOR = join(import.meta.dirname, 'node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js');

interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function inspected(era: string) {
  const node = await runningNode();
  const { port } = await openRpcDoor(() => node.node);
  const home = privateFolder();
  const inspect = (method: string, args: readonly string[] = [], headers: Readonly<Record<string, string>> = HONEST) => {
    const sent = Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]);
    const words = ['--cli', `http://127.0.0.1:${port}/mcp`, '--transport', 'http', '--protocol-era', era, '--format', 'json', ...sent, '--method', method, ...args];
    return new Promise<Said>((resolve, reject) => {
      const child = spawn(process.execPath, [INSPECTOR, ...words], {
        cwd: home,
        env: { PATH: process.env.PATH, HOME: home, MCP_STORAGE_DIR: home },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const said = { stdout: '', stderr: '' };
      for (const stream of ['stdout', 'stderr'] as const)
        child[stream].on('data', (chunk) => {
          said[stream] += chunk;
        });
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, ...said }));
    });
  };
  return { node, inspect };
}

describe.each(['legacy', 'modern'])('MCP Inspector in the era %s', (era) => {
  it('lists every tool, calls one, reads a resource and gets a prompt', async () => {
    const { inspect } = await inspected(era);
    const listed = await inspect('tools/list');
    expect([listed.code, listed.stderr]).toEqual([0, expect.any(String)]);
    for (const name of OPERATIONS.keys()) expect(listed.stdout).toContain(`"${name.replaceAll('.', '_')}"`);
    const called = await inspect('tools/call', ['--tool-name', 'agent_status', '--tool-arg', 'agent=testing']);
    expect([called.code, called.stdout]).toEqual([0, expect.stringMatching(/"state": ?"ready"/)]);
    expect(await inspect('resources/read', ['--uri', 'troupe://agents'])).toMatchObject({ code: 0, stdout: expect.stringContaining('testing') });
    expect(await inspect('prompts/get', ['--prompt-name', 'read_inbox', '--prompt-args', 'agent=testing'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('inbox.read'),
    });
  });

  it('says why a call failed, and is not let in without a token', async () => {
    const { inspect } = await inspected(era);
    const failed = await inspect('tools/call', ['--tool-name', 'agent_status', '--tool-arg', 'agent=testin']);
    expect([failed.code, failed.stdout + failed.stderr]).toEqual([5, expect.stringContaining("did you mean 'testing'?")]);
    expect((await inspect('tools/list', ['--stored-auth-only'], {})).code).not.toBe(0);
  });
});
