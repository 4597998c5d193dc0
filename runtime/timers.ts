// Durable timers: rows in the journal, armed on the clock after the commit that set them (K20).
import type { Address } from './address.ts';
import { timerAction } from './boot-action.ts';
import type { Clock } from './clock.ts';
import type { DurableCell } from './durable-cell.ts';
import type { Message } from './envelope.ts';
import type { TimerRow } from './journal.ts';
import { Mail } from './mail.ts';
import type { Stepper } from './step.ts';

interface TimerHost {
  readonly kernel: { readonly clock: Clock; readonly stepper: Pick<Stepper, 'revive'> };
  accept(mail: Mail, to: Address): void;
}

/** Of a cell whose rows were read. Timers already due come at once, as after a commit. */
export function armTimers(host: TimerHost, cell: DurableCell): void {
  bringInLine(host, cell, new Set([...cell.armed.keys(), ...cell.timers.keys()]));
}

/**
 * Brings what is armed in line with the cell's rows of these keys: those that a commit has changed, and no more, since an actor may have
 * any number of timers. Those already due come at once, in the order of their times: late rather than never, and before their actor can
 * leave memory again.
 */
export function bringInLine(host: TimerHost, cell: DurableCell, keys: ReadonlySet<string>): void {
  if (cell.state !== 'running') return;
  const { clock } = host.kernel;
  const due: TimerRow[] = [];
  for (const key of keys) {
    const row = cell.timers.get(key);
    const armed = cell.armed.get(key);
    if (armed !== undefined && armed.generation === row?.generation) continue;
    armed?.cancel();
    cell.armed.delete(key);
    if (row === undefined) continue;
    // Wall time may have stepped while nobody ran: never wait longer than the delay itself (K20).
    const waitMs = Math.min(row.dueAt - clock.now(), row.delayMs);
    if (timerAction('restore', { due: waitMs <= 0 }) === 'fire') due.push(row);
    else cell.armed.set(key, { generation: row.generation, cancel: clock.after(waitMs, () => ring(host, cell, row)) });
  }
  for (const row of due.sort((a, b) => a.dueAt - b.dueAt)) {
    cell.armed.set(row.key, { generation: row.generation, cancel: () => undefined });
    ring(host, cell, row);
  }
}

function ring(host: TimerHost, cell: DurableCell, row: TimerRow): void {
  const mail = new Mail('timer', cell.address, host.kernel.stepper.revive(JSON.parse(row.event)) as Message);
  mail.source = row.key;
  mail.generation = row.generation;
  host.accept(mail, cell.address);
}
