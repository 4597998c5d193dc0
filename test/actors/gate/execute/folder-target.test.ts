import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderTarget } from '../../../../actors/gate/execute/folder-target.ts';
import { unfinishedName } from '../../../../actors/gate/execute/write-whole.ts';
import type { DeployWish } from '../../../../actors/work/ports.ts';
import type { DeployPayload, StepOutcome } from '../../../../actors/work/types.ts';
import { code, type Execution, execution, type RunOptions } from './execution.ts';

const NEVER = new AbortController().signal;

function wishFor({ workspace, deployRoot }: Execution, payload: Partial<DeployPayload> = {}, key = 'the-deployment'): DeployWish {
  const surroundings = { workspace, deployRoot, healthUrl: 'http://127.0.0.1:1/health' };
  return { key, payload: { environment: 'staging', version: '1.0.0', ...payload }, surroundings, hidden: [] };
}

const linked = (folder: string, link: string): string | null => {
  const path = join(folder, link);
  return lstatSync(path, { throwIfNoEntry: false }) === undefined ? null : readlinkSync(path).replace('versions/', '');
};

/** The steps of a deployment, one after the other, and their end as an outcome. */
async function deploy(here: Execution, payload: Partial<DeployPayload>, { key, signal = NEVER }: Pick<RunOptions, 'key' | 'signal'> = {}): Promise<StepOutcome> {
  const wish = wishFor(here, payload, key);
  const { version } = wish.payload;
  try {
    const before = await folderTarget.current(wish, signal);
    const there = await folderTarget.holds(wish, version);
    const { files } = await folderTarget.place(wish, signal);
    await folderTarget.lead(wish, version, signal);
    const result = { version, previous: linked(folderTarget.placeOf(wish), 'previous'), path: folderTarget.folderOf(wish, version), files };
    return { status: 'succeeded', result: { ...result, changed: !there || before?.version !== version } };
  } catch (error) {
    const { code: name = '', message } = error as Error & { code?: string };
    return { status: signal.aborted ? 'interrupted' : 'failed', error: { code: name, message } };
  }
}

function site(): Execution & { write(path: string, content: string): void; readonly staging: string } {
  const here = execution();
  const write = (path: string, content: string): void => {
    mkdirSync(join(here.workspace, path, '..'), { recursive: true });
    writeFileSync(join(here.workspace, path), content);
  };
  write('index.html', '<h1>one</h1>');
  write('assets/app.js', 'run()');
  return { ...here, write, staging: join(here.deployRoot, 'staging') };
}

const current = (staging: string, path: string): string => readFileSync(join(staging, 'current', path), 'utf8');

describe('a deployment', () => {
  it('copies the source into a folder of its version, and leads current there', async () => {
    const here = site();
    here.write('.git/config', 'not deployed');
    chmodSync(join(here.workspace, 'assets/app.js'), 0o755);
    symlinkSync('assets/app.js', join(here.workspace, 'app'));
    expect(await deploy(here, {})).toEqual({
      status: 'succeeded',
      result: { version: '1.0.0', previous: null, path: join(here.staging, 'versions/1.0.0'), files: 2, changed: true },
    });
    expect(readlinkSync(join(here.staging, 'current'))).toBe('versions/1.0.0');
    expect(current(here.staging, 'index.html')).toBe('<h1>one</h1>');
    expect(current(here.staging, 'app')).toBe('run()');
    expect(statSync(join(here.staging, 'current/assets/app.js')).mode & 0o111).toBe(0o111);
    expect(readdirSync(join(here.staging, 'versions/1.0.0')).sort()).toEqual(['app', 'assets', 'index.html']);
  });

  it('takes a folder of the workspace, to the target it names', async () => {
    const here = site();
    expect(await deploy(here, { source: 'assets', target: 'sites/main' })).toMatchObject({ status: 'succeeded', result: { files: 1 } });
    expect(readFileSync(join(here.deployRoot, 'sites/main/current/app.js'), 'utf8')).toBe('run()');
  });

  it('is content when the same version is there with the same content', async () => {
    const here = site();
    await deploy(here, {});
    const before = lstatSync(join(here.staging, 'current')).ino;
    expect(await deploy(here, {})).toMatchObject({ status: 'succeeded', result: { version: '1.0.0', previous: null, files: 2, changed: false } });
    expect(lstatSync(join(here.staging, 'current')).ino).toBe(before);
  });

  it('never changes a version', async () => {
    const here = site();
    await deploy(here, {});
    for (const change of [() => here.write('index.html', 'two'), () => here.write('new', ''), () => rmSync(join(here.workspace, 'assets'), { recursive: true })]) {
      change();
      expect(await deploy(here, {})).toMatchObject({ status: 'failed', error: { code: 'DeployRefused', message: expect.stringContaining('other content') } });
    }
    expect(current(here.staging, 'index.html')).toBe('<h1>one</h1>');
    expect(readdirSync(join(here.staging, 'versions'))).toEqual(['1.0.0']);
  });

  it('keeps the way back: previous leads to the version before, also after a repetition', async () => {
    const here = site();
    await deploy(here, {});
    here.write('index.html', 'two');
    expect(await deploy(here, { version: '2.0.0' })).toMatchObject({ result: { previous: '1.0.0', changed: true } });
    expect(await deploy(here, { version: '2.0.0' })).toMatchObject({ result: { previous: '1.0.0', changed: false } });
    expect(readFileSync(join(here.staging, 'previous/index.html'), 'utf8')).toBe('<h1>one</h1>');
    here.write('index.html', '<h1>one</h1>');
    expect(await deploy(here, { version: '1.0.0' })).toMatchObject({ result: { previous: '2.0.0', changed: true } });
    expect(current(here.staging, 'index.html')).toBe('<h1>one</h1>');
    expect(readdirSync(here.staging).sort()).toEqual(['current', 'previous', 'versions']);
  });

  it('leads current to a whole version at every instant', async () => {
    const here = site();
    await deploy(here, {});
    let over = false;
    const deploying = (async () => {
      for (let turn = 2; turn <= 15; turn += 1) {
        for (const name of ['index.html', 'assets/app.js']) here.write(name, `version ${turn}`);
        await deploy(here, { version: `${turn}.0.0` });
      }
      over = true;
    })();
    const seen = new Set<string>();
    while (!over) {
      const version = realpathSync(join(here.staging, 'current'));
      expect(readdirSync(version).sort()).toEqual(['assets', 'index.html']);
      if (!version.endsWith('/1.0.0')) expect(readFileSync(join(version, 'assets/app.js'), 'utf8')).toBe(readFileSync(join(version, 'index.html'), 'utf8'));
      seen.add(version);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await deploying;
    expect(seen.size).toBeGreaterThan(1);
  });

  it('begun again under its key after a cut-off ends as if it had not been cut off', async () => {
    const here = site();
    await deploy(here, {});
    here.write('index.html', 'two');
    const half = join(here.staging, 'versions', unfinishedName('the-key'));
    mkdirSync(half);
    writeFileSync(join(half, 'index.html'), 'tw');
    symlinkSync('versions/2.0.0', join(here.staging, unfinishedName('the-key')));
    expect(await deploy(here, { version: '2.0.0' }, { key: 'the-key' })).toMatchObject({ status: 'succeeded', result: { previous: '1.0.0' } });
    expect(current(here.staging, 'index.html')).toBe('two');
    expect(readdirSync(join(here.staging, 'versions')).sort()).toEqual(['1.0.0', '2.0.0']);
    expect(readdirSync(here.staging).sort()).toEqual(['current', 'previous', 'versions']);
  });

  it('that is given up switches nothing and leaves nothing half', async () => {
    const here = site();
    await deploy(here, {});
    for (let index = 0; index < 300; index += 1) here.write(`many/${index}`, 'x'.repeat(1_000));
    const giveUp = new AbortController();
    const deploying = deploy(here, { version: '2.0.0' }, { signal: giveUp.signal });
    while (readdirSync(join(here.staging, 'versions')).length < 2) await new Promise((resolve) => setImmediate(resolve));
    giveUp.abort();
    expect(await deploying).toMatchObject({ status: 'interrupted' });
    expect(readlinkSync(join(here.staging, 'current'))).toBe('versions/1.0.0');
    expect(readdirSync(join(here.staging, 'versions'))).toEqual(['1.0.0']);
  });
});

describe('a place', () => {
  it('says which version runs there, and by its digest whether that is what it was', async () => {
    const here = site();
    const wish = wishFor(here);
    expect(await folderTarget.current(wish, NEVER)).toBeNull();
    await deploy(here, {});
    const running = await folderTarget.current(wish, NEVER);
    expect(running).toEqual({ version: '1.0.0', digest: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(await folderTarget.fault(wish, running ?? { version: '', digest: '' }, NEVER)).toBeUndefined();
    writeFileSync(join(here.staging, 'versions/1.0.0/index.html'), 'changed behind its back');
    expect(await folderTarget.fault(wish, running ?? { version: '', digest: '' }, NEVER)).toBe('its files are not what they were');
    rmSync(join(here.staging, 'versions/1.0.0'), { recursive: true });
    expect(await folderTarget.fault(wish, running ?? { version: '', digest: '' }, NEVER)).toBe('its files are gone');
  });

  it('is led back to a version that is there, or to nothing, and to no version that is gone', async () => {
    const here = site();
    await deploy(here, {});
    here.write('index.html', 'two');
    await deploy(here, { version: '2.0.0' });
    const back = wishFor(here, { version: '2.0.0', rollbackTo: '1.0.0' });
    for (const _again of [1, 2]) await folderTarget.lead(back, '1.0.0', NEVER);
    expect(current(here.staging, 'index.html')).toBe('<h1>one</h1>');
    await expect(folderTarget.lead(back, '0.9.0', NEVER)).rejects.toMatchObject({ code: 'DeployRefused', message: expect.stringContaining('gone') });
    for (const _again of [1, 2]) await folderTarget.lead(back, null, NEVER);
    expect(existsSync(join(here.staging, 'current'))).toBe(false);
  });

  it('takes away a version that does not run, also twice, and never the one that does', async () => {
    const here = site();
    await deploy(here, {});
    await expect(folderTarget.discard(wishFor(here), '1.0.0')).rejects.toMatchObject({ code: 'DeployRefused' });
    here.write('index.html', 'two');
    await deploy(here, { version: '2.0.0' });
    await folderTarget.lead(wishFor(here), '1.0.0', NEVER);
    for (const _again of [1, 2]) await folderTarget.discard(wishFor(here), '2.0.0');
    expect(readdirSync(join(here.staging, 'versions'))).toEqual(['1.0.0']);
    expect(readdirSync(here.staging).sort()).toEqual(['current', 'versions']);
  });

  it('lies nowhere but below the deploy root, whatever is only looked at', async () => {
    const here = site();
    mkdirSync(join(here.folder, 'outside/versions/1.0.0'), { recursive: true });
    symlinkSync('versions/1.0.0', join(here.folder, 'outside/current'));
    mkdirSync(here.deployRoot);
    symlinkSync(join(here.folder, 'outside'), join(here.deployRoot, 'link'));
    for (const target of ['..', '../outside', 'link']) {
      const wish = wishFor(here, { target });
      await expect(folderTarget.current(wish, NEVER)).rejects.toMatchObject({ code: 'PathRefused' });
      await expect(folderTarget.fault(wish, { version: '1.0.0', digest: '' }, NEVER)).rejects.toMatchObject({ code: 'PathRefused' });
      await expect(folderTarget.discard(wish, '1.0.0')).rejects.toMatchObject({ code: 'PathRefused' });
    }
    expect(readdirSync(join(here.folder, 'outside/versions'))).toEqual(['1.0.0']);
  });
});

describe('a deployment is refused', () => {
  it('when a link in the source leads out of it, by whatever way', async () => {
    const here = site();
    here.write('secret', 'hunter2');
    mkdirSync(join(here.workspace, 'site/sub'), { recursive: true });
    symlinkSync('..', join(here.workspace, 'site/sub/up'));
    // The link would lead to something there, too.
    mkdirSync(join(here.staging, 'versions'), { recursive: true });
    writeFileSync(join(here.staging, 'versions/secret'), '');
    for (const target of ['../secret', '/etc/hostname', join(here.workspace, 'site/sub'), '../site/../secret', 'sub/up/../secret', 'nowhere', 'loop']) {
      const link = join(here.workspace, 'site/loop');
      symlinkSync(target, link);
      expect([target, code(await deploy(here, { source: 'site' }))]).toEqual([target, 'PathRefused']);
      rmSync(link);
    }
    expect(readdirSync(join(here.staging, 'versions'))).toEqual(['secret']);
    expect(await deploy(here, { source: 'site' })).toMatchObject({ status: 'succeeded' });
  });

  it('when the source is no folder of the workspace, or holds what is no file', async () => {
    const here = site();
    mkdirSync(join(here.folder, 'outside'));
    writeFileSync(join(here.folder, 'outside/file'), '');
    symlinkSync(join(here.folder, 'outside'), join(here.workspace, 'out'));
    for (const source of ['..', 'out', '../outside', join(here.folder, 'outside'), 'index.html', 'nowhere', '/etc'])
      expect([source, code(await deploy(here, { source }))]).toEqual([source, 'PathRefused']);
    execFileSync('bash', ['-c', 'mkfifo "$0"', join(here.workspace, 'assets/pipe')]);
    expect(await deploy(here, {})).toMatchObject({ error: { code: 'PathRefused' } });
    expect(existsSync(join(here.staging, 'current'))).toBe(false);
  });

  it('when it would end outside of the deploy root', async () => {
    const here = site();
    mkdirSync(here.deployRoot);
    mkdirSync(join(here.folder, 'outside'));
    symlinkSync(join(here.folder, 'outside'), join(here.deployRoot, 'link'));
    for (const target of ['..', '../outside', 'link', 'link/inner', join(here.folder, 'outside'), 'a/../../outside']) {
      expect([target, code(await deploy(here, { target }))]).toEqual([target, 'PathRefused']);
    }
    for (const version of ['..', '.', '', 'a/b', '../x', '-rf', 'x'.repeat(200), 'a\0'])
      expect([version, code(await deploy(here, { version }))]).toEqual([version, 'DeployRefused']);
    for (const environment of ['..', 'a/b', '']) expect([environment, code(await deploy(here, { environment }))]).toEqual([environment, 'DeployRefused']);
    expect(readdirSync(join(here.folder, 'outside'))).toEqual([]);
  });

  it('when current is something that a person put there', async () => {
    const here = site();
    mkdirSync(join(here.staging, 'current'), { recursive: true });
    expect(await deploy(here, {})).toMatchObject({ status: 'failed', error: { code: 'DeployRefused' } });
    expect(lstatSync(join(here.staging, 'current')).isDirectory()).toBe(true);
  });

  it('when the source holds the deploy root', async () => {
    const here = site();
    symlinkSync(join(here.workspace, 'assets'), here.deployRoot);
    expect(await deploy(here, {})).toMatchObject({ error: { code: 'DeployRefused', message: expect.stringContaining('holds the place it would be deployed to') } });
    expect(readdirSync(join(here.workspace, 'assets/staging/versions'))).toEqual([]);
  });
});
