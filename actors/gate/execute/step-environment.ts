// What a step's processes find around them: nothing of the host's own environment, so no token and no credential. By its temporary
// folder, which TMPDIR and HOME name, everything that a step started is found again.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { StepScope } from './step-scope.ts';

/**
 * Programs that a repository's configuration would start, and processes that would outlive the command. `diff.external` cannot be
 * unset this way (git 2.39 then fails on every diff); the gate holds what writes to a repository's configuration.
 */
const GIT_SETTINGS: Readonly<Record<string, string>> = {
  'core.fsmonitor': 'false',
  'core.hooksPath': '/dev/null',
  // Takes what git proposes, where an editor would wait for a person.
  'core.editor': 'true',
  'sequence.editor': 'true',
  'credential.helper': '',
  'commit.gpgSign': 'false',
  'tag.gpgSign': 'false',
  'protocol.ext.allow': 'never',
  'gc.auto': '0',
  'maintenance.auto': 'false',
};

/** The environment wins over every configuration file. */
function gitEnvironment(): Record<string, string> {
  const settings = Object.entries(GIT_SETTINGS);
  return {
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_PAGER: 'cat',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: 'false',
    GIT_SSH_COMMAND: 'ssh -oBatchMode=yes',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(
      settings.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
  };
}

/** Makes the empty home that it names. */
export async function stepEnvironment({ path, temporary }: Pick<StepScope, 'path' | 'temporary'>): Promise<Readonly<Record<string, string>>> {
  const home = join(temporary, 'home');
  await mkdir(home, { recursive: true, mode: 0o700 });
  return { PATH: path, HOME: home, TMPDIR: temporary, LANG: 'C.UTF-8', TERM: 'dumb', PAGER: 'cat', LESSSECURE: '1', EMAIL: 'troupe@localhost', ...gitEnvironment() };
}
