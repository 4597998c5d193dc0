// A person's home and a data directory whose node is the one at the doors of a test: where `troupe login` and what follows it run.
import { join } from 'node:path';
import { openDataDir } from '../../gateway/data-dir.ts';
import { writeNodeFile } from '../../gateway/node-file.ts';
import { DOORS } from '../../gateway/ports.ts';
import { type Clock, systemClock } from '../../runtime/index.ts';
import { type AuthDoor, authDoor } from './auth-door.ts';
import { privateFolder } from './private-folder.ts';

/** Asks again a hundred times as often. Deadlines are as they are. */
export const hasty: Clock = { ...systemClock, after: (delayMs, due) => systemClock.after(delayMs === 5_000 ? 50 : delayMs, due) };

export interface LoginPlace {
  readonly door: AuthDoor;
  readonly home: string;
  /** A data directory whose node is the one at the door. */
  readonly data: string;
  readonly env: Readonly<Record<string, string>>;
  readonly file: string;
}

export async function loginPlace(): Promise<LoginPlace> {
  const door = await authDoor({ doors: ['rpc', 'api'] });
  const home = privateFolder();
  const data = join(privateFolder(), 'data');
  const { instance } = openDataDir(data);
  const portOffset = Number(new URL(door.issuer).port) - DOORS.auth.port;
  const ports = Object.fromEntries(Object.entries(DOORS).map(([name, { port }]) => [name, port + portOffset]));
  writeNodeFile(data, { version: '0', instance, startedAt: 0, host: '127.0.0.1', portOffset, ports, urls: door.urls });
  await door.user('ann', 'operator');
  return { door, home, data, env: { HOME: home }, file: join(home, '.config', 'troupe', 'logins.json') };
}
