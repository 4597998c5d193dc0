// A person's terminal for a test: a tmux server of its own, keys typed into it, its screen read back.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { eventually } from './node-process.ts';

export interface ScreenOptions {
  /** Where the server's socket lies; private to the test. */
  readonly folder: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** For /bin/sh. */
  readonly command: string;
  readonly width?: number;
  readonly height?: number;
}

export interface Screen {
  /** What it shows, with what has scrolled away. */
  text(): string;
  type(keys: string): void;
  /** Named as tmux names them: `Enter`, `C-c`. */
  press(key: string): void;
  shows(what: RegExp, withinMs?: number): Promise<string>;
  close(): void;
}

/** Each has a server of its own: one that was just ended still holds its socket for a moment. */
let opened = 0;

export function openScreen({ folder, cwd, env, command, width = 160, height = 50 }: ScreenOptions): Screen {
  opened += 1;
  const socket = join(folder, `screen-${opened}.sock`);
  const tmux = (...args: string[]): string => {
    const { status, stdout, stderr } = spawnSync('tmux', ['-S', socket, ...args], { cwd, env: { ...env, TERM: 'xterm-256color' } as NodeJS.ProcessEnv, encoding: 'utf8' });
    if (status !== 0) throw new Error(`tmux ${args[0]}: ${stderr}`);
    return stdout;
  };
  tmux('-f', '/dev/null', 'new-session', '-d', '-x', String(width), '-y', String(height), '-s', 'person', command);
  tmux('set-option', '-t', 'person', 'remain-on-exit', 'on');
  const text = (): string => tmux('capture-pane', '-p', '-J', '-S', '-2000', '-t', 'person');
  return {
    text,
    type: (keys) => void tmux('send-keys', '-t', 'person', '-l', keys),
    press: (key) => void tmux('send-keys', '-t', 'person', key),
    shows: (what, withinMs) =>
      eventually(
        `the screen shows ${what}`,
        () => {
          const shown = text();
          return what.test(shown) ? shown : undefined;
        },
        withinMs,
      ).catch((error: Error) => {
        throw new Error(`${error.message}\n--- screen\n${text().trimEnd()}`);
      }),
    close: () => void spawnSync('tmux', ['-S', socket, 'kill-server']),
  };
}
