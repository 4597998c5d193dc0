// What a verb of the command line works with: the terminal it talks to, the node it finds, and how it says its result.
import type { Writable } from 'node:stream';
import { type Clock, codedError } from '../../runtime/index.ts';
import { type ConfigFlags, type NodeConfig, readConfig } from '../config.ts';
import type { NodeFile } from '../node-file.ts';
import { type DoorTokens, loginTokens } from './login-tokens.ts';
import { findNode, NodeClient } from './node-client.ts';
import { doorsBeside, type Way } from './oauth-client.ts';
import { openStoredLogins, type StoredLogins } from './stored-logins.ts';

export interface Terminal {
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly stdin: NodeJS.ReadableStream;
  /** Both ends are a person's. */
  readonly interactive: boolean;
  readonly colour: boolean;
  /** In characters. */
  readonly width: number;
  readonly height: number;
}

const WIDTH = 120;
const HEIGHT = 24;

/** The terminal of this process; one that does not know its size says 0. */
export function processTerminal(): Terminal {
  const { stdout, stderr, stdin, env } = process;
  const interactive = stdout.isTTY === true && stdin.isTTY === true;
  const colour = stdout.isTTY === true && env.NO_COLOR === undefined;
  return { stdout, stderr, stdin, interactive, colour, width: stdout.columns || WIDTH, height: stdout.rows || HEIGHT };
}

export interface CliOptions extends ConfigFlags {
  readonly json?: boolean;
  readonly [option: string]: unknown;
}

export interface Cli {
  readonly terminal: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly clock: Clock;
  /** The name that records show for what is done here. */
  readonly person: string;
  readonly options: CliOptions;
  /** Ends the process with this code unless an error says otherwise. */
  exitCode: number;
}

export function configOf({ options, env, cwd }: Cli): NodeConfig {
  return readConfig({ flags: options, env, cwd });
}

/** The node that TROUPE_NODE names, else the one under the data directory; as who is logged in there, else by its admin token. Throws `NodeUnreachable` or `LoginNeeded`. */
export function nodeOf(cli: Cli): NodeClient {
  const { env, clock, person } = cli;
  const logins = openStoredLogins(env, clock);
  const named = env.TROUPE_NODE?.replace(/\/$/, '');
  const { dataDir, caFile, shown = null } = configOf(cli);
  if (named === undefined || named === '') return findNode(dataDir, person, (node) => loginAt(node, logins, { clock, caFile: node.caFile, shown: node.shown }));
  if (logins?.find(named) === undefined) throw codedError('LoginNeeded', { issuer: named, reason: 'nobody is logged in there' });
  return new NodeClient({ urls: doorsBeside(named), token: loginTokens(logins, named, { clock, caFile, shown }), person, caFile, shown });
}

/** Another node at the same address is none of its business. */
function loginAt({ urls: { auth: issuer }, instance }: NodeFile, logins: StoredLogins | undefined, way: Way): DoorTokens | undefined {
  const login = issuer === undefined ? undefined : logins?.find(issuer);
  if (issuer === undefined || logins === undefined || login?.instance !== instance) return undefined;
  return loginTokens(logins, issuer, way);
}

/** One JSON document with `--json`, else the text. */
export function say(cli: Cli, value: unknown, text: () => string): void {
  cli.terminal.stdout.write(`${cli.options.json === true ? JSON.stringify(value, null, 2) : text()}\n`);
}

/** A page of a list; how to read on is said for people too. */
export function sayPage(cli: Cli, page: { readonly nextCursor?: string | null }, text: () => string): void {
  say(cli, page, text);
  const { nextCursor = null } = page;
  if (nextCursor !== null && cli.options.json !== true) note(cli, `there is more: go on with --cursor '${nextCursor}'`);
}

/** Those of the options that were given. */
export function filters({ options }: Cli, ...names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]));
}

/** For people only, and never on stdout. */
export function note(cli: Cli, text: string): void {
  cli.terminal.stderr.write(`${text}\n`);
}

/** A JSON argument. Throws `InvalidInput`. */
export function jsonArgument(name: string, text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw codedError('InvalidInput', { problem: `${name}: not JSON (${(error as Error).message})` });
  }
}
