// The context of a durable actor for who only reads, at no step's cost. What it gives is committed and has nothing waiting behind it: an ask
// that left now would find the same. Else it gives nothing, and whoever wants to know asks.
import type { Cell } from './cell.ts';
import { DurableCell } from './durable-cell.ts';
import type { DurableEngine } from './durable-engine.ts';

/** The very object, never to be changed: the same one until a step changes it. */
export function settledContext(engine: Pick<DurableEngine, 'available' | 'isUnconfirmed'>, cell: Cell | undefined): object | undefined {
  if (!(cell instanceof DurableCell) || cell.state !== 'running' || !engine.available) return undefined;
  const { mailbox, snapshot } = cell;
  if (mailbox.size > 0 || mailbox.seeking !== undefined || engine.isUnconfirmed(cell)) return undefined;
  const context: unknown = snapshot?.context;
  return typeof context === 'object' && context !== null ? context : undefined;
}
