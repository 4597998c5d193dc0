// What the front doors see of a running node. The composition root builds one; operations, servers and health read it.
import type { AgentContext, AgentInput } from '../../actors/agent/agent-context.ts';
import { type AgentReport, agentReport } from '../../actors/agent/agent-report.ts';
import type { AuditKeep } from '../../actors/fleet/audit-keep.ts';
import { type GuestContext, isGuest, isGuestName } from '../../actors/guest/guest-context.ts';
import { guestReport } from '../../actors/guest/guest-report.ts';
import type { HostDirectory } from '../../actors/session/index.ts';
import type { Asker, VoterKeys } from '../../actors/work/ports.ts';
import type { Action, RiskVerdict } from '../../actors/work/types.ts';
import type { Clock, System } from '../../runtime/index.ts';
import type { BreakerReport } from '../../supervisors/index.ts';
import type { AuditArchive } from '../audit/audit-archive.ts';
import type { SharedAnswers } from '../http/response-cache/shared-answers.ts';
import type { Identity } from '../identity/identity.ts';
import type { Door, Site } from '../ports.ts';
import type { LiveCertificate } from '../tls/live-certificate.ts';
import type { FactFeed } from './fact-feed.ts';
import type { TargetReport } from './targets.ts';
import type { ToolUses } from './tool-uses.ts';

export type Phase = 'starting' | 'ready' | 'stopping';

export interface RunningNode {
  readonly version: string;
  readonly instance: string;
  readonly startedAt: number;
  readonly dataDir: string;
  /** Address that it listens on. */
  readonly host: string;
  readonly site: Site;
  /** Null: its doors speak plain HTTP. */
  readonly certificate: LiveCertificate | null;
  readonly doors: readonly Door[];
  readonly clock: Clock;
  readonly system: System;
  readonly facts: FactFeed;
  /** What takes old facts out of the journal, and when; null: not by itself. */
  readonly auditArchive: AuditArchive;
  readonly auditKeep: AuditKeep | null;
  readonly hosts: HostDirectory;
  readonly toolUses: ToolUses;
  readonly identity: Identity;
  /** Answers that are kept outside of this process; null: in memory alone. */
  readonly sharedAnswers: SharedAnswers | null;
  /** Of those who vote in rounds. */
  readonly voterKeys: VoterKeys;
  /** What agents run could find the token file here: it proves no person. */
  readonly unhidden: boolean;
  /** How dangerous an action in a workspace is, by the policy and the rules of now. */
  assess(action: Action, workspace: string, asker: Asker | null): Promise<RiskVerdict>;
  /** Of a place that is deployed to. */
  targetReport(place: string): TargetReport;
  /** Of what lies outside the node. */
  breakers(): readonly BreakerReport[];
  phase(): Phase;
  /** Aborts when it begins to stop: whatever lasts ends then. */
  readonly stopping: AbortSignal;
}

/** Every agent that lives, also those that were spawned, as its own context says. No message is sent. */
export function agentReports(system: System): readonly AgentReport[] {
  return agentNames(system).flatMap((name) => agentReportOf(system, name) ?? []);
}

export function agentNames(system: System): readonly string[] {
  return (system.childTable('agents')?.which() ?? []).map(({ id }) => id).sort();
}

/** Those of the fleet itself, without guests. */
export function fleetNames(system: System): readonly string[] {
  return agentNames(system).filter((name) => !isGuestName(name));
}

export function agentReportOf(system: System, name: string): AgentReport | undefined {
  const context = agentContextOf(system, name);
  if (context === undefined) return undefined;
  return isGuest(context) ? guestReport(context) : agentReport(context);
}

/** Agents of the fleet and guests alike. */
export function agentContextOf(system: System, name: string): AgentContext | GuestContext | undefined {
  return (system.inspect(`agents/${name}`)?.context ?? undefined) as AgentContext | GuestContext | undefined;
}

export function guestContextOf(system: System, name: string): GuestContext | undefined {
  const context = agentContextOf(system, name);
  return context !== undefined && isGuest(context) ? context : undefined;
}

/** Who executes steps. */
export function rosterOf(system: System): readonly AgentInput[] {
  return fleetNames(system).flatMap((name) => agentContextOf(system, name)?.agent ?? []);
}
