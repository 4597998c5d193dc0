// What happens when nobody can read any more: the window was closed, or the reader of a pipe has gone (`troupe actors | head`). A file
// that takes no more (`troupe audit > FILE` on a full disk) is a failure: somebody counts on what it holds.
import { EXIT } from './exit-codes.ts';
import { endsInOrder } from './signals.ts';

const GONE: readonly string[] = ['EPIPE', 'EIO', 'ECONNRESET'];

/** A command that only shows is over then, which is no failure; one that has something to end goes on and ends it in order. */
export function outliveTerminal(): void {
  process.stdout.on('error', ({ code = '', message }: NodeJS.ErrnoException) => {
    const isFailure = !GONE.includes(code);
    if (isFailure) process.exitCode = EXIT.failed;
    if (isFailure) process.stderr.write(`error: the output could not be written: ${message}\n`);
    if (!endsInOrder()) process.exit(isFailure ? EXIT.failed : EXIT.ok);
  });
  process.stderr.on('error', () => undefined);
}
