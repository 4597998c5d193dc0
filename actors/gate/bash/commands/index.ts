// Every command that is known, by its name. What is not here is at least MEDIUM.
import type { CommandRule, Judge } from '../call.ts';
import { DATABASES } from './databases.ts';
import { withFetching } from './fetching.ts';
import { FILES } from './files.ts';
import { GIT } from './git.ts';
import { INTERPRETERS } from './interpreters.ts';
import { KEYS } from './keys.ts';
import { MACHINE } from './machine.ts';
import { NETWORK } from './network.ts';
import { OPERATIONS } from './operations.ts';
import { PACKAGES } from './packages.ts';
import { PROJECTS } from './projects.ts';
import { READERS } from './readers.ts';
import { SEARCH } from './search.ts';
import { SHELL_BUILTINS } from './shell-builtins.ts';
import { withTelling } from './telling.ts';
import { WRAPPERS } from './wrappers.ts';

/** Programs that do nothing but tell their version when that is all they are asked. */
export const TELL_VERSIONS: ReadonlySet<string> = new Set([
  ...Object.keys(PROJECTS),
  ...Object.keys(INTERPRETERS),
  ...Object.keys(NETWORK),
  'tar',
  'zip',
  'unzip',
  'gzip',
  'bzip2',
  'xz',
  'zstd',
  'rsync',
  'psql',
  'sqlite3',
  'redis-cli',
  'ansible',
]);

export const COMMANDS: ReadonlyMap<string, CommandRule | Judge> = new Map(
  Object.entries<CommandRule | Judge>(
    withTelling(
      withFetching({
        ...READERS,
        ...SEARCH,
        ...FILES,
        ...GIT,
        ...PROJECTS,
        ...NETWORK,
        ...INTERPRETERS,
        ...OPERATIONS,
        ...KEYS,
        ...DATABASES,
        ...PACKAGES,
        ...MACHINE,
        ...WRAPPERS,
        ...SHELL_BUILTINS,
      }),
    ),
  ),
);
