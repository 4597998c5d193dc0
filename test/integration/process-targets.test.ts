// Versions that run as processes: real ones, under a real supervisor, started, switched, restarted, found again and ended.
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runFolder, targetFolder } from '../../actors/process/run-book.ts';
import { deployedProgram } from '../support/deployed-program.ts';

type Place = Awaited<ReturnType<typeof deployedProgram>>;

/** Deployed as a deployment does it, to its end. */
async function promoted(place: Place, version: string, files: Readonly<Record<string, string>> = {}): Promise<void> {
  place.write(version, files);
  await place.deploy(version);
  await place.retire();
}

const problemOf = (act: Promise<unknown>): Promise<string> =>
  act.then(
    () => 'none',
    (error: Error & { code?: string }) => `${error.code}: ${error.message}`,
  );

describe('a version of a target with two ports', () => {
  it('starts beside the one that runs, and is led to only once it is well; the former one ends when it is retired', async () => {
    const place = await deployedProgram();
    await promoted(place, '1.0.0');
    place.write('1.1.0');
    await place.deploy('1.1.0');
    expect([await place.answering(), await place.current(), await place.trouble()]).toEqual([['1.0.0', '1.1.0'], '1.1.0', undefined]);
    await place.retire();
    expect([await place.answering(), place.living()]).toEqual([[null, '1.1.0'], ['1.1.0']]);
    expect(place.log()).toMatch(/starts 1\.0\.0\nstarts 1\.1\.0\nends 1\.0\.0/);
    expect(place.life().facts).toEqual(['process.started 1.0.0', 'process.started 1.1.0', 'process.stopped 1.0.0']);
  });

  it('goes back to the one that still runs without a break', async () => {
    const place = await deployedProgram();
    await promoted(place, '1.0.0');
    const [before] = place.pids();
    place.write('1.1.0');
    await place.deploy('1.1.0');
    await place.lead('1.0.0');
    await place.retire();
    expect([await place.answering(), await place.current(), place.pids()]).toEqual([['1.0.0', null], '1.0.0', [before]]);
  });

  it.each([
    ['dies', { broken: '' }, 30_000, /VerificationFailed: version '1\.1\.0' does not hold: its process ended with 1; its last words: Node/],
    ['is never well', { ill: '' }, 3_000, /VerificationFailed: version '1\.1\.0' does not hold: its process was not well within 3000 ms: /],
  ])('that %s is refused, and the former one never notices', async (_how, files, withinMs, words) => {
    const place = await deployedProgram({ change: ({ health }) => ({ health: { ...health, withinMs } }) });
    await place.until('1.0.0 runs', async () => (await problemOf(promoted(place, '1.0.0'))) === 'none');
    place.write('1.1.0', files);
    expect(await problemOf(place.deploy('1.1.0'))).toMatch(words);
    expect([await place.answering(), await place.current(), place.living(), await place.trouble()]).toEqual([['1.0.0', null], '1.0.0', ['1.0.0'], undefined]);
  });
});

describe('a version of a target with two ports that is well, where the place cannot be made to lead to it,', () => {
  it('leaves no process behind', async () => {
    const place = await deployedProgram();
    await promoted(place, '1.0.0');
    mkdirSync(join(place.folder, 'deployments', 'shop', 'previous'));
    place.write('1.1.0');
    expect(await problemOf(place.deploy('1.1.0'))).toMatch(/^DeployRefused: .*previous is no link/);
    expect([await place.current(), place.living(), place.life().processes.runsOf('shop').length]).toEqual(['1.0.0', ['1.0.0'], 1]);
  });
});

describe('a version of a target with one port', () => {
  it('takes the place of the one that runs, which is gone before it starts, and gives it back', async () => {
    const place = await deployedProgram({ ports: 1 });
    await promoted(place, '1.0.0');
    await promoted(place, '1.1.0');
    expect([await place.answering(), place.living()]).toEqual([['1.1.0'], ['1.1.0']]);
    expect(place.log()).toMatch(/starts 1\.0\.0\nends 1\.0\.0\nstarts 1\.1\.0/);
    await place.lead('1.0.0');
    await place.retire();
    expect([await place.answering(), place.living(), await place.current()]).toEqual([['1.0.0'], ['1.0.0'], '1.0.0']);
  });

  it('that is led to again is left alone; nothing runs once it leads nowhere', async () => {
    const place = await deployedProgram({ ports: 1 });
    await promoted(place, '1.0.0');
    const before = place.pids();
    await place.lead('1.0.0');
    expect(place.pids()).toEqual(before);
    await place.lead(null);
    expect([await place.answering(), place.living(), await place.current(), await place.trouble()]).toEqual([[null], [], null, undefined]);
  });

  it('is not started where another program has its port', async () => {
    const place = await deployedProgram({ ports: 1 });
    const stranger = createServer((socket) => socket.end()).listen(place.target.ports[0], '127.0.0.1');
    onTestFinished(() => void stranger.close());
    place.write('1.0.0');
    expect(await problemOf(place.deploy('1.0.0'))).toMatch(/port \d+ is taken: another program answers there/);
    expect(place.living()).toEqual([]);
  });
});

describe('a process that runs', () => {
  it('is started again when it dies, and said to have been', async () => {
    const place = await deployedProgram({ ports: 1 });
    await promoted(place, '1.0.0');
    const [before] = place.pids();
    await fetch(`http://127.0.0.1:${place.target.ports[0]}/crash`).catch(() => undefined);
    await place.until('it answers again', async () => (await place.answering())[0] === '1.0.0' && place.pids()[0] !== before);
    expect(place.life().processes.reports('shop')).toMatchObject([{ version: '1.0.0', restarts: 1, pid: place.pids()[0] }]);
    expect(place.life().facts).toEqual(['process.started 1.0.0', 'process.lost 1.0.0', 'process.started 1.0.0']);
  });

  it('is started again when it is killed by way of its actors', async () => {
    const place = await deployedProgram({ ports: 1 });
    await promoted(place, '1.0.0');
    const { system, processes } = place.life();
    for (const address of ['processes', `processes/${processes.runsOf('shop')[0]?.id}`]) {
      const [before] = place.pids();
      await system.kill(address);
      await place.until('another one answers', async () => (await place.answering())[0] === '1.0.0' && place.pids().some((pid) => pid !== before));
    }
    await place.until('it is alone', () => place.pids().length === 1);
    expect([place.living(), place.life().facts.filter((fact) => fact === 'process.lost 1.0.0').length]).toEqual([['1.0.0'], 2]);
  });

  it('that is killed by way of its own actor is shown as running by nobody, from then until another one is well', async () => {
    const place = await deployedProgram({ ports: 1 });
    await promoted(place, '1.0.0');
    const { system, processes } = place.life();
    const [before] = place.pids();
    const shown = () => processes.reports('shop').map(({ state, pid }) => [state, pid]);
    await system.kill(`processes/${processes.runsOf('shop')[0]?.id}/process`);
    expect(shown()).toEqual([['restarting', null]]);
    await place.until('another one is well', () => shown()[0]?.[0] === 'running');
    expect([shown(), place.pids().includes(before as number)]).toEqual([[['running', place.pids()[0]]], false]);
  });

  it('is started again when it is not well several times in a row', async () => {
    const place = await deployedProgram({ ports: 1 });
    await promoted(place, '1.0.0');
    const folder = place.life().driver.folderOf(place.wishFor('1.0.0'), '1.0.0');
    const [before] = place.pids();
    writeFileSync(join(folder, 'ill'), '');
    await place.until('it is lost', () => place.life().facts.includes('process.lost 1.0.0'));
    await place.until('it was ended', () => !place.pids().includes(before as number));
  });

  it('is left alone when it dies more often than its target allows, an alert says so, and the next version is not hindered', async () => {
    const place = await deployedProgram({ ports: 1, change: () => ({ restarts: { intensity: 1, periodMs: 60_000 } }) });
    await promoted(place, '1.0.0');
    const crash = () => fetch(`http://127.0.0.1:${place.target.ports[0]}/crash`).catch(() => undefined);
    await place.until('it is given up', async () => {
      await crash();
      return place.life().processes.reports('shop')[0]?.state === 'given_up';
    });
    expect([place.life().alerts.length, await place.trouble()]).toEqual([1, expect.stringContaining('ended with 3')]);
    await promoted(place, '1.1.0');
    expect([place.living(), await place.trouble()]).toEqual([['1.1.0'], undefined]);
  });
});

describe('when the node stops', () => {
  it('its processes end', async () => {
    const place = await deployedProgram({ ports: 1 });
    await promoted(place, '1.0.0');
    await place.stop();
    expect([place.living(), place.log()]).toEqual([[], expect.stringContaining('ends 1.0.0')]);
    await place.begin();
    await place.until('it answers again', async () => (await place.answering())[0] === '1.0.0');
    expect(place.life().facts).toEqual(['process.started 1.0.0']);
  });

  it('those that their target keeps go on, and the next node finds them again', async () => {
    const place = await deployedProgram({ change: ({ stop }) => ({ stop: { ...stop, withNode: false } }) });
    await promoted(place, '1.0.0');
    const before = place.pids();
    await place.stop();
    expect([place.pids(), await place.answering()]).toEqual([before, ['1.0.0', null]]);
    await place.begin();
    await place.until('it is found', () => place.life().facts.includes('process.found 1.0.0'));
    await promoted(place, '1.1.0');
    expect([place.living(), await place.answering()]).toEqual([['1.1.0'], [null, '1.1.0']]);
  });
});

describe('a book of runs that cannot be read', () => {
  it('keeps the node from ending what it does not know to be unwanted, and says what to do', async () => {
    const place = await deployedProgram({ change: ({ stop }) => ({ stop: { ...stop, withNode: false } }) });
    await promoted(place, '1.0.0');
    const before = place.pids();
    await place.stop();
    writeFileSync(join(targetFolder(join(place.folder, 'processes'), 'shop'), 'runs.json'), '{"next":2,"ru');
    expect(await problemOf(place.begin())).toMatch(/^JournalCorrupt: .*runs\.json: cannot be read .*move it away/);
    expect(place.pids()).toEqual(before);
  });
});

describe('a process whose start was cut off before anybody wrote it down', () => {
  it('is ended before another one is started, and with it what no book has any more', async () => {
    const place = await deployedProgram({ ports: 1 });
    await promoted(place, '1.0.0');
    await place.stop();
    const start = (id: string): number | undefined => {
      const temporary = join(runFolder(join(place.folder, 'processes'), { target: 'shop', id }), 'own');
      mkdirSync(temporary, { recursive: true });
      const cwd = place.life().driver.folderOf(place.wishFor('1.0.0'), '1.0.0');
      return spawn('sleep', ['600'], { cwd, env: { HOME: temporary, TMPDIR: temporary, PATH: '/usr/bin:/bin' }, detached: true, stdio: 'ignore' }).pid;
    };
    const [same, forgotten] = [start('shop.1'), start('shop.77')];
    await place.begin();
    await place.until('it answers again', async () => (await place.answering())[0] === '1.0.0');
    expect(place.life().swept).toEqual(['shop.77']);
    expect([place.living().length, place.pids().includes(same as number), place.pids().includes(forgotten as number)]).toEqual([1, false, false]);
  });
});
