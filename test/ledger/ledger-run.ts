// One run of a ledger's plan on a real node: what is true of it at its end, whatever was killed meanwhile.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { PlanReport } from '../../actors/work/types.ts';
import { findNode, type NodeClient } from '../../gateway/cli/node-client.ts';
import { eventually, type NodePlace, troupe } from '../support/node-process.ts';
import { type LedgerTask, ledgerPlan, ledgerTasks, readLedger } from './ledger-plan.ts';

const ENDED: readonly string[] = ['succeeded', 'failed', 'cancelled', 'skipped', 'interrupted'];

export interface LedgerWish {
  readonly tasks: number;
  readonly stepMs: number;
  /** For each of its two ends: all that can end by itself, then all of it. */
  readonly withinMs: number;
}

export class LedgerRun {
  readonly #place: NodePlace;
  readonly #wish: LedgerWish;
  readonly #tasks: readonly LedgerTask[];
  readonly #ledger: string;
  readonly plan: string;

  private constructor(place: NodePlace, wish: LedgerWish, ledger: string, plan: string) {
    this.#place = place;
    this.#wish = wish;
    this.#tasks = ledgerTasks(wish.tasks);
    this.#ledger = ledger;
    this.plan = plan;
  }

  static async begin(place: NodePlace, wish: LedgerWish): Promise<LedgerRun> {
    const workspace = join(place.folder, 'work');
    mkdirSync(workspace);
    const ledger = join(place.folder, 'ledger.txt');
    const text = ledgerPlan({ ...wish, ledger, workspace });
    const { plan } = await clientOf(place).call<{ plan: string }>('plan.run', { text, baseDir: place.folder, approve: 'HIGH' });
    return new LedgerRun(place, wish, ledger, plan);
  }

  report(): Promise<PlanReport> {
    return clientOf(this.#place).call<PlanReport>('plan.status', { plan: this.plan });
  }

  /** Agent of each task that waits as interrupted. */
  async interrupted(): Promise<ReadonlyMap<string, string>> {
    return interruptedIn(await this.report());
  }

  /** Awaits all that ends by itself: what may be repeated has run, what may not has run once or waits. Returns what waits. */
  async settle(): Promise<ReadonlyMap<string, string>> {
    const settled = await this.#until('every task has ended or waits as interrupted', async (report) => {
      await this.#restartFailed();
      return report.tasks.every(({ id, status }) => ENDED.includes(status) || waitsFor(id, report));
    });
    const written = readLedger(this.#ledger);
    const waiting = interruptedIn(settled);
    for (const { id, idempotent } of this.#tasks) {
      const { status, error } = settled.tasks.find((task) => task.id === id) ?? {};
      const times = written.get(id) ?? 0;
      if (waitsFor(id, settled)) expect({ id, status, times }).toEqual({ id, status: 'pending', times: 0 });
      // What may be repeated is never left to a person.
      else if (idempotent) expect({ id, status, written: times >= 1, error }).toEqual({ id, status: 'succeeded', written: true });
      else if (waiting.has(id)) expect({ id, times }).toEqual({ id, times: Math.min(1, times) });
      else expect({ id, status, times }).toEqual({ id, status: 'succeeded', times: 1 });
    }
    return waiting;
  }

  /** A person looks into the ledger and says what became of each. Then the plan succeeds, and nothing was written twice that may not be. */
  async resolve(waiting: ReadonlyMap<string, string>): Promise<void> {
    const written = readLedger(this.#ledger);
    for (const id of waiting.keys()) {
      const [action, why] = written.has(id) ? ['done', 'the ledger has it'] : ['rerun', 'the ledger lacks it'];
      const { code, stderr } = await troupe(this.#place, ['resolve', `${this.plan}.${id}`, action ?? '', '--why', why ?? '']);
      expect({ id, code, stderr }).toEqual({ id, code: 0, stderr: '' });
    }
    // What waited for one of them may be cut off no more: nothing is killed now.
    const ended = await this.#until('the plan has succeeded', ({ status }) => status === 'succeeded');
    expect(ended.tasks.filter(({ status }) => status !== 'succeeded')).toEqual([]);
    const atLast = readLedger(this.#ledger);
    expect([...atLast.keys()].sort()).toEqual(this.#tasks.map(({ id }) => id).sort());
    expect(this.#tasks.filter(({ id, idempotent }) => !idempotent && atLast.get(id) !== 1)).toEqual([]);
  }

  /** What a person does who reads the alerts: an agent whose session died too often is started again. */
  async #restartFailed(): Promise<void> {
    const client = clientOf(this.#place);
    const { items } = await client.call<{ items: ReadonlyArray<{ kind: string; address: string }> }>('alert.list');
    for (const { kind, address } of items) if (kind === 'session') await client.call('agent.restart', { agent: address.slice('agents/'.length) });
  }

  #until(what: string, holds: (report: PlanReport) => boolean | Promise<boolean>): Promise<PlanReport> {
    const look = async (): Promise<PlanReport | undefined> => {
      const report = await this.report();
      return (await holds(report)) ? report : undefined;
    };
    return eventually(what, look, this.#wish.withinMs);
  }
}

export function clientOf(place: NodePlace): NodeClient {
  return findNode(place.data, 'ledger-test');
}

function interruptedIn(report: PlanReport): ReadonlyMap<string, string> {
  return new Map(report.tasks.filter(({ status }) => status === 'interrupted').map(({ id, agent }) => [id, agent ?? 'nobody']));
}

/** Its need is interrupted, so it has not begun. */
function waitsFor(id: string, report: PlanReport): boolean {
  const index = Number(id.slice(1));
  return index % 10 === 9 && report.tasks.find((task) => task.id === `t${index - 1}`)?.status === 'interrupted';
}
