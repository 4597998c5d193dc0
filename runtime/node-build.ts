// Builds the parts of a node and joins them; nothing runs yet.
import { BACKLOG } from './backlog.ts';
import { CAREFUL } from './careful-boot.ts';
import { ChildAdmin } from './child-admin.ts';
import { ChildHosts } from './child-host.ts';
import type { Clock } from './clock.ts';
import { Departures } from './departures.ts';
import { DurableEngine, type EngineLimits } from './durable-engine.ts';
import type { ExitReason } from './exit-reason.ts';
import { Intake } from './intake.ts';
import { alertOfJournal } from './journal-alert.ts';
import { JournalReads } from './journal-reads.ts';
import type { Kernel } from './kernel.ts';
import { LoopReports } from './loop-reports.ts';
import { MailRoutes } from './mail-routes.ts';
import { MAILBOX_LIMITS } from './mailbox-bounds.ts';
import { type NodeParts, nodeKernel } from './node-kernel.ts';
import { RESIDENCY } from './passivation.ts';
import { memoryJournal } from './persistence/index.ts';
import { BATCH_LIMITS } from './ready-cells.ts';
import { Recorder } from './recorder.ts';
import type { SystemOptions } from './system-options.ts';
import { TieDesk } from './tie-desk.ts';

/** What a system stands on. */
export interface NodeBuild {
  readonly kernel: Kernel;
  readonly reads: JournalReads;
  readonly engine: DurableEngine;
  readonly records: Recorder;
  readonly loops: LoopReports;
  readonly intake: Intake;
  readonly ties: TieDesk;
  readonly parts: NodeParts;
}

export interface NodeEnds {
  isStopping(): boolean;
  rootGone(reason: ExitReason): void;
  /** A newer node owns the journal, or it can be written no more. */
  fenced(why: Error): void;
}

export function buildNode(options: SystemOptions, clock: Clock, { isStopping, rootGone, fenced }: NodeEnds): NodeBuild {
  const kernel = nodeKernel(options, clock, () => parts);
  const reads = new JournalReads(options.journal ?? memoryJournal(), { clock, reopen: (error) => engine.reopen(error) });
  const engine: DurableEngine = new DurableEngine(kernel, reads.journal, limitsOf(options), fenced);
  const records = new Recorder({ clock, atBoundary: (write) => engine.atBoundary(({ facts }) => write(facts)) });
  alertOfJournal(engine.writes, kernel.alerts, clock);
  const intake = new Intake(kernel, engine);
  const hosts = new ChildHosts(kernel, engine, options.root);
  const parts: NodeParts = {
    engine,
    hosts,
    routes: new MailRoutes(kernel, engine, intake),
    children: new ChildAdmin(kernel, engine, hosts),
    departures: new Departures({ kernel, engine, hosts, isStopping, rootGone }),
  };
  return { kernel, reads, engine, records, loops: new LoopReports(kernel), intake, ties: new TieDesk(kernel, engine), parts };
}

function limitsOf({ limits, residency, mailboxes, backlog, careful }: SystemOptions): EngineLimits {
  return { ...BATCH_LIMITS, ...limits, ...RESIDENCY, ...residency, ...MAILBOX_LIMITS, ...mailboxes, ...BACKLOG, ...backlog, ...CAREFUL, ...careful };
}
