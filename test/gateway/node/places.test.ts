import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tidyPlaces, workPlaces } from '../../../gateway/node/places.ts';
import { hostEnvironment } from '../../../gateway/node/sessions.ts';
import { privateFolder } from '../../support/private-folder.ts';

function repository(): string {
  const folder = privateFolder();
  mkdirSync(join(folder, '.git'));
  return folder;
}

describe('where work happens', () => {
  it('a data directory outside every repository holds it', () => {
    const path = privateFolder();
    expect(workPlaces({ path, instance: 'cafe0123' }, { HOME: '/nowhere' })).toEqual({ worktrees: join(path, 'worktrees'), deployments: join(path, 'deployments') });
    expect((statSync(join(path, 'worktrees')).mode & 0o777).toString(8)).toBe('700');
  });

  it('one inside a repository does not: worktrees lie where state belongs, under the name of the node', () => {
    const path = join(repository(), '.troupe');
    const state = privateFolder();
    mkdirSync(path);
    const { worktrees, deployments } = workPlaces({ path, instance: 'cafe0123' }, { XDG_STATE_HOME: state });
    expect([worktrees, deployments]).toEqual([join(state, 'troupe', 'cafe0123', 'worktrees'), join(path, 'deployments')]);
  });

  it('a home that is a repository itself is passed over too', () => {
    const home = repository();
    const path = join(home, '.troupe');
    mkdirSync(path);
    const places = workPlaces({ path, instance: 'cafe0123' }, { HOME: home });
    expect(places.worktrees).toBe(`/var/tmp/troupe-${process.getuid?.()}/cafe0123/worktrees`);
    tidyPlaces(places);
    expect(existsSync(places.worktrees)).toBe(false);
  });

  it('are taken away at the end unless a plan has something there', () => {
    const path = privateFolder();
    const places = workPlaces({ path, instance: 'cafe0123' }, {});
    writeFileSync(join(places.worktrees, 'kept'), '');
    tidyPlaces(places);
    expect(existsSync(join(places.worktrees, 'kept'))).toBe(true);
  });
});

it('hosts inherit where programs are and how to write, and nothing that could be a credential', () => {
  const env = {
    PATH: '/usr/bin',
    HOME: '/home/ann',
    LANG: 'de_DE.UTF-8',
    TERM: 'screen',
    ANTHROPIC_API_KEY: 'sk',
    AWS_SECRET_ACCESS_KEY: 'x',
    SSH_AUTH_SOCK: '/s',
    TROUPE_DATA: '/d',
    PORT: '1',
  };
  const inherited = hostEnvironment(env);
  expect(Object.keys(inherited).sort()).toEqual(['HOME', 'LANG', 'PATH', 'TERM']);
  expect(inherited).toMatchObject({ HOME: '/home/ann', LANG: 'de_DE.UTF-8', TERM: 'screen' });
  expect(inherited.PATH?.split(':')[0]).toBe('/usr/bin');
});
