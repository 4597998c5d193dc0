// Files in PEM that a variable names, and keys among them, which nobody else on the machine may reach.
import { readFileSync, statSync } from 'node:fs';
import { codedError } from '../../runtime/index.ts';

/** Everybody else on the machine. */
const OTHERS = 0o007;

const wrong = (source: string, problem: string, fix: string): Error => codedError('InvalidConfig', { source, problem, fix });

/** Throws `InvalidConfig`, naming the variable, the file and the fix. */
export function readPem(variable: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw wrong(variable, `there is no ${file}`, 'name a file in PEM');
    throw wrong(variable, `${file} cannot be read (${code})`, 'let the user that runs this read it');
  }
}

/** As `readPem`. */
export function readKey(variable: string, file: string): string {
  const text = readPem(variable, file);
  if ((statSync(file).mode & OTHERS) !== 0) throw wrong(variable, `every user of this machine can reach ${file}`, `run \`chmod 600 ${file}\``);
  return text;
}
