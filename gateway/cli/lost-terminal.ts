// What happens when nobody can read any more: the window was closed, or the reader of a pipe has gone (`troupe actors | head`).
import { EXIT } from './exit-codes.ts';
import { endsInOrder } from './signals.ts';

/** A command that only shows is over then, which is no failure; one that has something to end goes on and ends it in order. */
export function outliveTerminal(): void {
  process.stdout.on('error', () => {
    if (!endsInOrder()) process.exit(EXIT.ok);
  });
  process.stderr.on('error', () => undefined);
}
