// Runs scenarios on Erlang and on ours side by side, and shrinks what differs to a script that a person can read.
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { ErlangVm } from './erlang-vm.ts';
import { type Act, type Child, type Scenario, scenarios } from './scenario.ts';
import { troupeHistory } from './troupe-run.ts';

const DRIVER = fileURLToPath(new URL('./otp_driver.erl', import.meta.url));

/** Shrinking ends after this long, wherever it is. */
const SHRINK_MS = 60_000;

export interface Difference {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

export interface CompareOptions {
  readonly seed: number;
  readonly runs: number;
  /** Path of otp_driver.erl. */
  readonly driver?: string;
}

interface Drawn {
  readonly scenario: Scenario;
  readonly otp: readonly string[];
}

type Runner = (scenario: Scenario) => Promise<readonly string[]>;

/** Scenarios with what OTP makes of them. */
export class OtpSample {
  readonly #options: CompareOptions;
  readonly #drawn: readonly Drawn[];

  private constructor(options: CompareOptions, drawn: readonly Drawn[]) {
    this.#options = options;
    this.#drawn = drawn;
  }

  /** The same seed draws the same scenarios, in the same order. */
  static async draw(options: CompareOptions): Promise<OtpSample> {
    const { seed, runs, driver = DRIVER } = options;
    const vm = new ErlangVm(driver);
    try {
      const drawn = fc.sample(scenarios, { seed, numRuns: runs }).map(async (scenario) => ({ scenario, otp: await vm.run(scenario) }));
      return new OtpSample(options, await Promise.all(drawn));
    } finally {
      await vm.close();
    }
  }

  /** Those on which ours differs; the first is shrunk to a script. */
  async differences(): Promise<readonly Difference[]> {
    const found: Difference[] = [];
    for (const [at, { scenario, otp }] of this.#drawn.entries()) {
      const ours = await troupeHistory(scenario);
      if (isSame(ours, otp)) continue;
      found.push({ number: at + 1, text: differenceText(found.length === 0 ? await shrink(this.#options, at) : { scenario, ours, otp }) });
    }
    return found;
  }

  /** The number, from 1, of the first scenario that such a runner does not do as OTP does; undefined when there is none. */
  async firstDifference(run: Runner): Promise<number | undefined> {
    for (const [at, { scenario, otp }] of this.#drawn.entries()) if (!isSame(await run(scenario), otp)) return at + 1;
    return undefined;
  }

  /** How often a line of OTP's histories matches. */
  count(line: RegExp): number {
    return this.#drawn.reduce((sum, { otp }) => sum + otp.filter((text) => line.test(text)).length, 0);
  }
}

interface Found {
  readonly scenario: Scenario;
  readonly ours: readonly string[];
  readonly otp: readonly string[];
}

async function shrink({ seed, driver = DRIVER }: CompareOptions, at: number): Promise<Found> {
  const vm = new ErlangVm(driver);
  let last: Found | undefined;
  const isEqual = fc.asyncProperty(scenarios, async (scenario) => {
    const [ours, otp] = await Promise.all([troupeHistory(scenario), vm.run(scenario)]);
    if (isSame(ours, otp)) return true;
    last = { scenario, ours, otp };
    return false;
  });
  try {
    await fc.check(isEqual, { seed, path: String(at), numRuns: 1, interruptAfterTimeLimit: SHRINK_MS });
  } finally {
    await vm.close();
  }
  if (last === undefined) throw new Error(`scenario ${at + 1} of seed ${seed} differed once and did not again`);
  return last;
}

/** Children of one dynamic supervisor that end in a row have no order among them: on OTP it is that of their pids in a map. */
function canonical(history: readonly string[]): readonly string[] {
  const lines = [...history];
  const dynamic = (at: number): string | undefined => /^exit (d\d+)[xy] /.exec(lines[at] ?? '')?.[1];
  for (let at = 1; at < lines.length; at += 1) {
    const [before = '', line = ''] = [lines[at - 1], lines[at]];
    if (dynamic(at) !== undefined && dynamic(at) === dynamic(at - 1) && line < before) [lines[at - 1], lines[at]] = [line, before];
  }
  return lines;
}

function isSame(ours: readonly string[], otp: readonly string[]): boolean {
  const [a, b] = [canonical(ours), canonical(otp)];
  return a.length === b.length && a.every((line, at) => line === b[at]);
}

function differenceText({ scenario, ours, otp }: Found): string {
  const width = Math.max(20, ...otp.map((line) => line.length)) + 2;
  const rows = Array.from({ length: Math.max(ours.length, otp.length) }, (_, at) => {
    const [theirs = '', own = ''] = [otp[at], ours[at]];
    return `${theirs === own ? ' ' : '!'} ${theirs.padEnd(width)}${own}`;
  });
  return [...treeText(scenario.root), ...scenario.script.map((act) => `  ${actText(act)}`), `  ${'OTP'.padEnd(width)}ours`, ...rows].join('\n');
}

function treeText(child: Child, indent = ''): string[] {
  const { id, restart, significant } = child;
  const common = `${indent}${id} ${restart}${significant ? ' significant' : ''}`;
  if (child.kind === 'worker') return [`${common} ${child.ending.stop}, shutdown ${child.ending.shutdown}, starts ${child.plan.join(' ')}`];
  if (child.kind === 'dynamic')
    return [`${common} dynamic, intensity ${child.intensity}, period ${child.periodS} s, children ${child.template.restart} ${child.template.ending.stop}`];
  return [
    `${common} ${child.strategy}, intensity ${child.intensity}, auto shutdown ${child.autoShutdown}, period ${child.periodS} s`,
    ...child.children.flatMap((below) => treeText(below, `${indent}  `)),
  ];
}

function actText(act: Act): string {
  switch (act.do) {
    case 'pass':
      return 'time passes';
    case 'exit':
      return `${act.id} exits: ${act.reason}`;
    case 'together':
      return act.falls.map(({ id, reason }) => `${id} exits: ${reason}`).join(', and at once ');
    case 'start':
      return `start in ${act.supervisor}: ${treeText(act.child).join()}`;
    case 'start_dynamic':
      return `start in ${act.supervisor}: ${act.id}, starts ${act.plan.join(' ')}`;
    case 'which':
    case 'which_dynamic':
    case 'count':
      return `${act.do} children of ${act.supervisor}`;
    case 'kill_supervisor':
      return `${act.id} is killed`;
    default:
      return `${act.do.replace('_dynamic', '')} ${act.id} of ${act.supervisor}`;
  }
}
