// What the tests need of a machine beyond Node: one list, for the runner (which strips its types) and for people.

export interface MachinePart {
  readonly name: string;
  /** Present when `command -v` finds it; Debian keeps some servers outside the PATH. */
  readonly binary: string;
  readonly debian?: string;
  /** Instead, where it comes from npm: a folder with a package and a lock file of its own, so that `npm ci` of the project stays small. */
  readonly folder?: string;
  /** Disk once installed, without what it depends on. */
  readonly megabytes: number;
  /** Suites that need it. A part that no present suite names is never installed. */
  readonly suites: readonly string[];
}

export const MACHINE_PARTS: readonly MachinePart[] = [
  { name: 'git', binary: 'git', debian: 'git', megabytes: 45, suites: ['unit', 'checks', 'integration', 'e2e', 'ledger', 'chaos', 'install'] },
  { name: 'tmux', binary: 'tmux', debian: 'tmux', megabytes: 2, suites: ['unit', 'integration', 'e2e', 'ledger'] },
  { name: 'curl', binary: 'curl', debian: 'curl', megabytes: 1, suites: ['integration'] },
  { name: 'foreman', binary: 'foreman', debian: 'ruby-foreman', megabytes: 1, suites: ['integration'] },
  { name: 'NATS server', binary: 'nats-server', debian: 'nats-server', megabytes: 11, suites: [] },
  { name: 'Redis server', binary: 'redis-server', debian: 'redis-server', megabytes: 1, suites: ['integration'] },
  { name: 'PostgreSQL 15', binary: '/usr/lib/postgresql/15/bin/postgres', debian: 'postgresql-15', megabytes: 54, suites: [] },
  { name: 'bubblewrap', binary: 'bwrap', debian: 'bubblewrap', megabytes: 1, suites: ['unit', 'integration', 'e2e', 'ledger', 'chaos'] },
  { name: 'Erlang', binary: 'erl', debian: 'erlang-base', megabytes: 17, suites: ['otp'] },
  { name: 'MCP Inspector', binary: 'test/clients/node_modules/.bin/mcp-inspector', folder: 'test/clients', megabytes: 110, suites: ['clients'] },
  {
    name: 'Claude Code',
    binary: 'test/clients/claude/node_modules/@anthropic-ai/claude-agent-sdk-linux-x64/claude',
    folder: 'test/clients/claude',
    megabytes: 431,
    suites: ['clients'],
  },
  { name: 'Chromium', binary: 'chromium', debian: 'chromium', megabytes: 290, suites: ['browser'] },
];
