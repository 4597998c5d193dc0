// Where people's logins at nodes lie on this machine: the command line keeps them there, and a node hides the folder from what agents run.
import { join } from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

/** Undefined where the environment names no home: then there are none. */
export function loginsFolder(env: Env): string | undefined {
  const config = env.XDG_CONFIG_HOME ?? (env.HOME === undefined || env.HOME === '' ? undefined : join(env.HOME, '.config'));
  return config === undefined || config === '' ? undefined : join(config, 'troupe');
}
