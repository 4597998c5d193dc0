// Claude Code itself, as `npm test -- --install` puts it into a folder of its own: in a home of the test, with a stand-in where its model is.
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ChildProgram, startProgram } from './child-program.ts';
import { type NodePlace, ROOT, TROUPE } from './node-process.ts';

const PACKAGES = join(ROOT, 'test/clients/claude/node_modules/@anthropic-ai');
const CLAUDE = join(PACKAGES, 'claude-agent-sdk-linux-x64/claude');

export interface ClaudePlace {
  /** Where it works. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Runs a line of a shell there, with `claude` and `troupe` in its PATH. */
  shell(line: string): ChildProgram;
}

/** Nothing of the person who runs the tests is seen, and nothing but loopback is asked. */
export function claudePlace(place: NodePlace, name: string, modelUrl: string): ClaudePlace {
  if (!existsSync(CLAUDE)) throw new Error(`there is no ${CLAUDE}: npm test -- --install clients`);
  const folder = join(place.folder, name);
  const [bin, home] = [join(folder, 'bin'), join(folder, 'home')];
  const work = join(folder, 'work');
  for (const made of [bin, home, work]) mkdirSync(made, { recursive: true });
  symlinkSync(CLAUDE, join(bin, 'claude'));
  writeFileSync(join(bin, 'troupe'), `#!/bin/sh\nexec '${process.execPath}' '${TROUPE}' "$@"\n`, { mode: 0o755 });
  const env = {
    PATH: `${bin}:${process.env.PATH ?? ''}`,
    HOME: home,
    CLAUDE_CONFIG_DIR: join(home, '.claude'),
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
    ANTHROPIC_BASE_URL: modelUrl,
    ANTHROPIC_API_KEY: 'none',
    TROUPE_DATA: place.data,
    TMPDIR: folder,
  };
  return {
    folder: work,
    env,
    shell(line) {
      const child = startProgram('/bin/bash', ['-c', line], { cwd: work, env });
      place.children.push(child);
      return child;
    },
  };
}

interface SdkResult {
  readonly type: string;
  readonly subtype?: string;
  readonly result?: string;
  readonly permission_denials?: ReadonlyArray<{ readonly tool_name: string }>;
}

/** The Claude Agent SDK's `query` to its end. */
export async function agentQuery(claude: ClaudePlace, prompt: string, options: object): Promise<SdkResult> {
  const sdk = (await import(pathToFileURL(join(PACKAGES, 'claude-agent-sdk/sdk.mjs')).href)) as { query(wish: object): AsyncIterable<SdkResult> };
  const setting = {
    cwd: claude.folder,
    env: claude.env,
    pathToClaudeCodeExecutable: CLAUDE,
    settingSources: [],
    maxTurns: 6,
    mcpServersDelivery: 'initialize',
    permissionMode: 'default',
  };
  for await (const message of sdk.query({ prompt, options: { ...setting, ...options } })) if (message.type === 'result') return message;
  throw new Error('it ended without a result');
}
