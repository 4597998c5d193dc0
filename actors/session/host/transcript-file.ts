// The transcript besides the terminal: one file an agent and the one before it, so that an agent cannot fill the disk by talking.
import { appendFileSync, renameSync, statSync } from 'node:fs';

const LONGEST_BYTES = 8_388_608;

/** Returns what appends. A disk that is full must not end an agent's work: then only the terminal shows it. */
export function transcriptFile(file: string, longestBytes: number = LONGEST_BYTES): (text: string) => void {
  let size = sizeOf(file);
  return (text) => {
    try {
      if (size > longestBytes) {
        renameSync(file, `${file}.1`);
        size = 0;
      }
      appendFileSync(file, text, { mode: 0o600 });
      size += Buffer.byteLength(text);
    } catch {
      size = sizeOf(file);
    }
  };
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
