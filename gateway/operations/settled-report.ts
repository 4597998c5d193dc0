// What a durable actor answers to GET, at no step's cost where it is in memory and nothing is on its way to it. Else it is asked, and the
// answer is the same.
import { approvalReport } from '../../actors/approval/approval-report.ts';
import { type RoundReport, roundReport } from '../../actors/consensus/round-report.ts';
import { type RequestReport, requestReport } from '../../actors/request/request-report.ts';
import type { System } from '../../runtime/index.ts';
import { askActor } from './asking.ts';

/** What is needed of a node to read. */
export type Readable = Pick<System, 'ref' | 'settled'>;

interface Answering<C, R> {
  readonly address: string;
  readonly missing: Parameters<typeof askActor>[3];
  /** What the actor answers with. */
  report(context: C): R;
}

/** Not to be changed. */
async function reportOf<C, R>(system: Readable, { address, missing, report }: Answering<C, R>): Promise<R> {
  const context = system.settled(address);
  return context === undefined ? askActor<R>(system, address, { type: 'GET' }, missing) : report(context as C);
}

export function readRequest(system: Readable, request: string): Promise<RequestReport> {
  return reportOf(system, { address: `requests/${request}`, missing: ['NoSuchRequest', { request }], report: requestReport });
}

export function readApproval(system: Readable, request: string): Promise<Readonly<Record<string, unknown>>> {
  return reportOf(system, { address: `approvals/${request}`, missing: ['NoSuchRequest', { request }], report: approvalReport });
}

export function readRound(system: Readable, round: string): Promise<RoundReport> {
  return reportOf(system, { address: `rounds/${round}`, missing: ['NoSuchRound', { round }], report: roundReport });
}
