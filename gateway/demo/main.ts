// The program behind `npm run demo`: places of its own, gone afterwards, whatever happens in between.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../runtime/index.ts';
import { type Cli, note, processTerminal } from '../cli/cli.ts';
import { describeError, EXIT, exitCodeOf } from '../cli/exit-codes.ts';
import { outliveTerminal } from '../cli/lost-terminal.ts';
import { personOf } from '../cli/person.ts';
import { onSignal } from '../cli/signals.ts';
import { runDemo } from './demo.ts';
import { openRepository } from './demo-repository.ts';
import { type DemoSettings, isSaid, readDemoSettings } from './demo-settings.ts';

/** A demo is the same on every machine: settings of another node do not reach it. */
const SETTINGS_OF_OTHERS = /^TROUPE_(DATA|CONFIG|PORT_OFFSET|HOST|LOG_LEVEL)$/;

function openCli({ yes, json }: DemoSettings, home: string): Cli {
  const terminal = processTerminal();
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !SETTINGS_OF_OTHERS.test(name)));
  const asks = terminal.interactive && !yes && !json;
  return { terminal, env, cwd: home, clock: systemClock, person: asks ? personOf(process) : 'demo', options: { data: join(home, 'data'), json }, exitCode: EXIT.ok };
}

/** What still ends while its files go may write one more. */
function takeAway(home: string): void {
  rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

async function demo(settings: DemoSettings): Promise<number> {
  const home = mkdtempSync(join(tmpdir(), 'troupe-demo-'));
  const cli = openCli(settings, home);
  let stop: () => Promise<unknown> = async () => undefined;
  let stopping: Promise<unknown> | undefined;
  const forget = onSignal((signal) => {
    note(cli, `${signal}: stopping`);
    stopping = stop().finally(() => leave(EXIT.failed));
  });
  const leave = (code: number): never => {
    if (!settings.keep) takeAway(home);
    return process.exit(code);
  };
  try {
    const repository = await openRepository({ path: cli.env.PATH ?? '/usr/bin:/bin', folder: join(home, 'repository'), given: settings.workspace });
    const yes = settings.yes || settings.json || !cli.terminal.interactive;
    await runDemo(cli, {
      repository,
      yes,
      onStarted(end) {
        stop = end;
        if (stopping !== undefined) void end();
      },
    });
  } catch (error) {
    if (stopping === undefined) throw error;
    // What was under way may learn of the stop as a node that is gone, before all of it has ended.
    await stopping;
  } finally {
    forget();
    if (settings.keep) note(cli, `kept: ${home}`);
    else takeAway(home);
  }
  return cli.exitCode;
}

async function main(argv: readonly string[]): Promise<number> {
  try {
    return await demo(readDemoSettings(argv, process.env.INIT_CWD ?? process.cwd()));
  } catch (error) {
    if (isSaid(error)) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    process.stderr.write(`error: ${describeError(error).message}\n`);
    return exitCodeOf(error);
  }
}

outliveTerminal();
const code = await main(process.argv.slice(2));
process.stdout.write('', () => process.exit(code));
