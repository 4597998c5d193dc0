// The journal and the tree of actors on it, started and going; then what follows its facts: the read model, checkpoints and archive of the audit,
// and the looks at what nobody sees.
import { join } from 'node:path';
import { fleetRoot } from '../../actors/fleet/root.ts';
import { sessionGone } from '../../actors/fleet/sessions.ts';
import { sessionMachine } from '../../actors/session/index.ts';
import { createSystem, describeExit, type JournalHead, type System, sqliteJournal } from '../../runtime/index.ts';
import { AuditArchive } from '../audit/audit-archive.ts';
import { openCheckpoints } from '../audit/checkpoints.ts';
import { heldToCheckpoints } from '../audit/held-to-checkpoints.ts';
import { keepAudit } from '../audit/keep-audit.ts';
import { type FactFeed, openFactFeed, withHead } from './fact-feed.ts';
import { watchSessions } from './failed-sessions.ts';
import type { Ground } from './ground.ts';
import type { NodeLife } from './node-life.ts';
import type { StartOptions } from './start-options.ts';
import { startTree } from './start-tree.ts';
import type { Undoing } from './undoing.ts';
import { watchUnseen } from './unseen-approvals.ts';
import { watchNode } from './watch-node.ts';
import type { Works } from './works.ts';

export interface Tree {
  readonly system: System;
  readonly facts: FactFeed;
  readonly auditArchive: AuditArchive;
}

/** Ends behind the node's last fact, though it can begin only when there are some. */
interface LastToEnd {
  end: () => void;
}

async function openSystem({ clock, dataDir, fleet, log }: Ground, life: NodeLife, works: Works, { onExit, signal }: StartOptions, undo: Undoing) {
  const { services, sessions, targets, key } = works;
  const { journal, head } = withHead(heldToCheckpoints(sqliteJournal({ dir: dataDir.path }), { dataDir: dataDir.path, key }));
  const system = await createSystem({
    name: 'troupe',
    clock,
    journal,
    residency: fleet.limits.residency,
    mailboxes: fleet.limits.mailboxes,
    root: fleetRoot({
      services,
      sessionLogic: sessionMachine(sessions.launcher, (agent) => sessionGone(life.systemNow(), agent)),
      processTemplate: targets.processTemplate,
    }),
    onExit: (reason) => {
      log.error({ reason: describeExit(reason) }, 'the node went down');
      onExit?.(describeExit(reason));
    },
  });
  undo.add(() => system.stop());
  undo.add(() => targets.leave());
  life.system = system;
  await startTree({ system, clock, log, signal });
  targets.resume().catch((error: unknown) => log.error({ err: error }, 'a process of a target could not be started'));
  life.goOn();
  life.ownEpochs(head().nodeEpoch);
  return { system, head };
}

function followFacts(ground: Ground, key: Works['key'], system: System, head: JournalHead, last: LastToEnd, undo: Undoing): Tree {
  const { clock, dataDir, fleet, log, config } = ground;
  const failing = (what: string) => (error: unknown) => log.error({ err: error }, what);
  const facts = openFactFeed({ file: join(dataDir.path, 'mcp_system.db'), system, head, onFault: failing('the read model could not follow the journal') });
  undo.add(() => facts.close());
  undo.add(watchUnseen({ clock, system, facts, afterMs: fleet.waiting.alertAfterMs, onFault: failing('approvals that wait could not be looked at') }));
  undo.add(watchSessions({ system, facts }));
  last.end = openCheckpoints({ dataDir: dataDir.path, key, era: head.era, clock, system, onFault: failing('a checkpoint of the audit log could not be written') });
  const auditArchive = new AuditArchive({ dataDir: dataDir.path, clock, system, projected: () => facts.position() });
  undo.add(keepAudit({ archive: auditArchive, keep: fleet.audit, clock, onFault: failing('old facts of the audit log could not be archived') }));
  undo.add(watchNode({ clock, system, log, logs: dataDir.logs, endAfterMs: config.endBlockedMs }));
  return { system, facts, auditArchive };
}

export async function openTree(ground: Ground, life: NodeLife, works: Works, options: StartOptions, undo: Undoing): Promise<Tree> {
  const checkpoints: LastToEnd = { end: () => undefined };
  undo.add(() => checkpoints.end());
  const { system, head } = await openSystem(ground, life, works, options, undo);
  return followFacts(ground, works.key, system, head(), checkpoints, undo);
}
