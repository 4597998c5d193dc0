import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withPlace } from '../../../../actors/gate/execute/contained-path.ts';
import { unfinishedName } from '../../../../actors/gate/execute/write-whole.ts';
import { readStepOutcome } from '../../../../actors/work/outcome.ts';
import { type FilePayload, OUTPUT_KEPT } from '../../../../actors/work/types.ts';
import { code, type Execution, execution, type RunOptions } from './execution.ts';

const file = ({ run }: Execution, payload: FilePayload, options?: RunOptions) => run({ type: 'FILE_OPERATION', payload }, options);

/** A workspace beside a secret, with links to it. */
function besideSecrets(): Execution & { readonly secret: string } {
  const here = execution();
  const secret = join(here.folder, 'secret');
  mkdirSync(secret);
  mkdirSync(join(here.folder, 'workspace-x'));
  writeFileSync(join(secret, 'key'), 'hunter2');
  mkdirSync(join(here.workspace, 'inner'));
  symlinkSync(secret, join(here.workspace, 'out'));
  symlinkSync('../secret/key', join(here.workspace, 'key'));
  symlinkSync('/nowhere/at/all', join(here.workspace, 'dangling'));
  symlinkSync('circle', join(here.workspace, 'circle'));
  return { ...here, secret };
}

/** Ways out: by name, by links, by absolute paths. */
const WAYS_OUT = [
  '../secret/key',
  'inner/../../secret/key',
  'out/key',
  'key',
  '/etc/hostname',
  'dangling',
  'dangling/x',
  'circle',
  'circle/x',
  '../workspace-x/key',
  '..',
  '',
  'a\0b',
];

describe('reading', () => {
  it('gives the content, by a link within the workspace too', async () => {
    const here = execution();
    writeFileSync(join(here.workspace, 'a.txt'), 'ü\n');
    symlinkSync('a.txt', join(here.workspace, 'link'));
    const result = { bytes: 3, encoding: 'utf8', content: 'ü\n' };
    expect(await file(here, { op: 'read', path: 'a.txt' })).toEqual({ status: 'succeeded', result: { path: 'a.txt', ...result } });
    expect(await file(here, { op: 'read', path: './link' })).toMatchObject({ result });
    expect(await file(here, { op: 'read', path: join(here.workspace, 'a.txt') })).toMatchObject({ result });
  });

  it('gives what is no text as base64', async () => {
    const here = execution();
    writeFileSync(join(here.workspace, 'b'), Buffer.from([0xff, 0x00]));
    expect(await file(here, { op: 'read', path: 'b' })).toMatchObject({ result: { encoding: 'base64', content: '/wA=' } });
  });

  it('is cut to what a record keeps, and says so', async () => {
    const here = execution();
    for (const [name, content] of Object.entries({ long: 'x'.repeat(1_000_000), quotes: '"\n'.repeat(50_000), wide: '😀'.repeat(100_000) })) {
      writeFileSync(join(here.workspace, name), content);
      const outcome = await file(here, { op: 'read', path: name });
      expect(outcome).toMatchObject({ status: 'succeeded', truncated: true, result: { bytes: Buffer.byteLength(content) } });
      const kept = readStepOutcome(outcome).result as { content: string };
      expect(content.startsWith(kept.content)).toBe(true);
      expect(JSON.stringify(kept).length).toBeGreaterThan(OUTPUT_KEPT / 2);
    }
  });

  it('takes only files, and does not wait for a pipe', async () => {
    const here = execution();
    execFileSync('bash', ['-c', 'mkfifo "$0"', join(here.workspace, 'pipe')]);
    for (const path of ['pipe', 'nothing', 'nothing/at/all']) expect(await file(here, { op: 'read', path })).toMatchObject({ status: 'failed' });
    mkdirSync(join(here.workspace, 'folder'));
    expect(await file(here, { op: 'read', path: 'folder' })).toMatchObject({ error: { code: 'FileFailed', message: 'read folder: is no file' } });
    expect(await file(here, { op: 'read', path: 'nothing' })).toMatchObject({ error: { code: 'FileFailed', message: 'read nothing: is not there' } });
  });
});

describe('every operation', () => {
  it.each(['read', 'write', 'append', 'delete', 'mkdir', 'move', 'list'] as const)('%s stays in the workspace, whatever the path says', async (op) => {
    const here = besideSecrets();
    const own = op === 'delete' || op === 'move' ? ['key', 'dangling', 'circle'] : [];
    for (const path of WAYS_OUT.filter((way) => !own.includes(way))) {
      const result = await file(here, { op, path, content: 'planted', to: 'inner/moved' });
      expect([path, result.status, code(result)]).toEqual([path, 'failed', 'PathRefused']);
      expect(JSON.stringify(result)).not.toContain('hunter2');
    }
    expect(readdirSync(here.secret)).toEqual(['key']);
    expect(readFileSync(join(here.secret, 'key'), 'utf8')).toBe('hunter2');
    expect(readdirSync(join(here.folder, 'workspace-x'))).toEqual([]);
    expect(existsSync('/nowhere')).toBe(false);
  });

  it('says what the system said no to', async () => {
    const here = execution();
    writeFileSync(join(here.workspace, 'file'), 'x');
    expect(await file(here, { op: 'write', path: 'file/inner', content: '' })).toMatchObject({ error: { code: 'PathRefused' } });
    expect(await file(here, { op: 'mkdir', path: 'file' })).toMatchObject({ error: { code: 'FileFailed' } });
    expect(await file(here, { op: 'list', path: 'file' })).toMatchObject({ error: { code: 'PathRefused' } });
    expect(await file(here, { op: 'write', path: 'n'.repeat(300), content: '' })).toMatchObject({ status: 'failed' });
    expect(await file(here, { op: 'write', path: '.', content: '' })).toMatchObject({ error: { code: 'PathRefused' } });
    expect(await file(here, { op: 'delete', path: '.' })).toMatchObject({ error: { code: 'PathRefused' } });
  });
});

describe('writing', () => {
  it('makes the file, and the folders to it', async () => {
    const here = execution();
    expect(await file(here, { op: 'write', path: 'a/b/c.txt', content: 'ü' })).toEqual({ status: 'succeeded', result: { path: 'a/b/c.txt', bytes: 2, changed: true } });
    expect(readFileSync(join(here.workspace, 'a/b/c.txt'), 'utf8')).toBe('ü');
    expect(readdirSync(join(here.workspace, 'a/b'))).toEqual(['c.txt']);
  });

  it('of what is there already changes nothing', async () => {
    const here = execution();
    await file(here, { op: 'write', path: 'a', content: 'same' });
    const before = statSync(join(here.workspace, 'a'));
    expect(await file(here, { op: 'write', path: 'a', content: 'same' })).toMatchObject({ status: 'succeeded', result: { changed: false } });
    expect(statSync(join(here.workspace, 'a')).ino).toBe(before.ino);
    expect(await file(here, { op: 'write', path: 'a', content: 'diff' })).toMatchObject({ result: { changed: true } });
    expect(readFileSync(join(here.workspace, 'a'), 'utf8')).toBe('diff');
  });

  it('keeps the mode, and leaves other names of the same file as they were', async () => {
    const here = execution();
    const path = join(here.workspace, 'script');
    writeFileSync(path, 'old');
    chmodSync(path, 0o750);
    linkSync(path, join(here.folder, 'other-name'));
    await file(here, { op: 'write', path: 'script', content: 'new' });
    expect(statSync(path).mode & 0o777).toBe(0o750);
    expect(readFileSync(join(here.folder, 'other-name'), 'utf8')).toBe('old');
  });

  it('replaces no link and no folder', async () => {
    const here = execution();
    writeFileSync(join(here.workspace, 'a'), 'kept');
    symlinkSync('a', join(here.workspace, 'link'));
    mkdirSync(join(here.workspace, 'folder'));
    for (const op of ['write', 'append'] as const) {
      expect(await file(here, { op, path: 'link', content: 'x' })).toMatchObject({ error: { code: 'PathRefused', message: expect.stringContaining("'link' is a link") } });
      expect(await file(here, { op, path: 'folder', content: 'x' })).toMatchObject({ error: { code: 'FileFailed' } });
    }
    expect(readFileSync(join(here.workspace, 'a'), 'utf8')).toBe('kept');
  });

  it('finds what a cut-off run under the same key left, and leaves nothing of it', async () => {
    const here = execution();
    const half = (key: string) => file(here, { op: 'write', path: 'whole', content: key }, { key });
    await half('one');
    const unfinished = unfinishedName('two');
    writeFileSync(join(here.workspace, unfinished), 'ha');
    expect(await half('two')).toMatchObject({ status: 'succeeded' });
    expect(readdirSync(here.workspace)).toEqual(['whole']);
  });

  it('is seen whole or not at all', async () => {
    const here = execution();
    const contents = ['a'.repeat(300_000), 'b'.repeat(300_000)];
    writeFileSync(join(here.workspace, 'f'), contents[0] as string);
    let over = false;
    const writing = (async () => {
      for (let turn = 1; turn <= 20; turn += 1) await file(here, { op: 'write', path: 'f', content: contents[turn % 2] as string });
      over = true;
    })();
    while (!over) {
      expect(contents).toContain(readFileSync(join(here.workspace, 'f'), 'utf8'));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await writing;
  });
});

describe('the other operations', () => {
  it('append adds to the end', async () => {
    const here = execution();
    await file(here, { op: 'append', path: 'log/a', content: 'one\n' });
    expect(await file(here, { op: 'append', path: 'log/a', content: 'two\n' })).toEqual({ status: 'succeeded', result: { path: 'log/a', bytes: 8, changed: true } });
    expect(readFileSync(join(here.workspace, 'log/a'), 'utf8')).toBe('one\ntwo\n');
  });

  it('mkdir makes all folders, and is content with those that are there', async () => {
    const here = execution();
    expect(await file(here, { op: 'mkdir', path: 'a/b' })).toMatchObject({ status: 'succeeded', result: { changed: true } });
    expect(await file(here, { op: 'mkdir', path: 'a/b/' })).toMatchObject({ status: 'succeeded', result: { changed: false } });
  });

  it('delete takes files, folders and links themselves, and is content when there is none', async () => {
    const here = besideSecrets();
    mkdirSync(join(here.workspace, 'full/inner'), { recursive: true });
    symlinkSync(here.secret, join(here.workspace, 'full/inner/link'));
    for (const path of ['full', 'key', 'out', 'dangling', 'circle']) {
      expect(await file(here, { op: 'delete', path })).toEqual({ status: 'succeeded', result: { path, changed: true } });
      expect(await file(here, { op: 'delete', path })).toEqual({ status: 'succeeded', result: { path, changed: false } });
    }
    expect(readFileSync(join(here.secret, 'key'), 'utf8')).toBe('hunter2');
  });

  it('move renames, replaces nothing, and takes a repetition as done', async () => {
    const here = besideSecrets();
    writeFileSync(join(here.workspace, 'a'), 'x');
    const move = (path: string, to?: string) => file(here, { op: 'move', path, ...(to === undefined ? {} : { to }) });
    expect(await move('a', 'new/b')).toEqual({ status: 'succeeded', result: { path: 'a', to: 'new/b', changed: true } });
    expect(await move('a', 'new/b')).toEqual({ status: 'succeeded', result: { path: 'a', to: 'new/b', changed: false } });
    writeFileSync(join(here.workspace, 'a'), 'y');
    expect(await move('a', 'new/b')).toMatchObject({ error: { code: 'FileFailed', message: 'move a: new/b is there already; delete it first' } });
    expect(await move('nothing', 'c')).toMatchObject({ error: { message: 'move nothing: is not there' } });
    expect(await move('a')).toMatchObject({ error: { code: 'FileFailed' } });
    for (const to of ['out/stolen', '../stolen', '/tmp/stolen']) expect(await move('a', to)).toMatchObject({ error: { code: 'PathRefused' } });
    expect(await move('key', 'key2')).toMatchObject({ result: { changed: true } });
    expect(readlinkSync(join(here.workspace, 'key2'))).toBe('../secret/key');
    expect(readFileSync(join(here.workspace, 'a'), 'utf8')).toBe('y');
  });

  it('list names what is in a folder, and how many it can', async () => {
    const here = execution();
    mkdirSync(join(here.workspace, 'b'));
    writeFileSync(join(here.workspace, 'a'), '');
    symlinkSync('a', join(here.workspace, 'c'));
    const entries = [
      { name: 'a', kind: 'file' },
      { name: 'b', kind: 'folder' },
      { name: 'c', kind: 'link' },
    ];
    expect(await file(here, { op: 'list', path: '.' })).toEqual({ status: 'succeeded', result: { path: '.', entries } });
    for (let index = 0; index < 400; index += 1) writeFileSync(join(here.workspace, 'b', `${'n'.repeat(200)}-${index}`), '');
    const many = await file(here, { op: 'list', path: 'b' });
    expect(many).toMatchObject({ status: 'succeeded', truncated: true });
    expect(readStepOutcome(many).result).not.toBeNull();
  });
});

describe('a folder that becomes a link between check and act', () => {
  it('leads nowhere: the act stays in what was checked', async () => {
    const here = besideSecrets();
    await withPlace(here.workspace, 'inner/planted', {}, async ({ path }) => {
      renameSync(join(here.workspace, 'inner'), join(here.workspace, 'moved'));
      symlinkSync(here.secret, join(here.workspace, 'inner'));
      writeFileSync(path, 'x');
    });
    expect(readdirSync(here.secret)).toEqual(['key']);
    expect(readdirSync(join(here.workspace, 'moved'))).toEqual(['planted']);
    expect(lstatSync(join(here.workspace, 'inner')).isSymbolicLink()).toBe(true);
  });

  it('is never followed, however fast it changes', async () => {
    const here = besideSecrets();
    const inner = join(here.workspace, 'inner');
    const swap = execFileSync.bind(null, 'bash');
    const done = Promise.all(
      Array.from({ length: 150 }, async (_, index) => {
        const result = await file(here, { op: 'write', path: `inner/deep/planted-${index}`, content: 'x' });
        if (index % 10 === 0) swap(['-c', `rm -rf ${inner} && ln -s ${here.secret} ${inner}`]);
        if (index % 10 === 5) swap(['-c', `rm -rf ${inner} && mkdir ${inner}`]);
        return result.status;
      }),
    );
    expect(await done).toContain('succeeded');
    expect(readdirSync(here.secret)).toEqual(['key']);
  });
});
