import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually, nodePlace, ROOT, TROUPE } from '../support/node-process.ts';
import { openScreen } from '../support/tmux-screen.ts';

describe('a terminal window that is closed', () => {
  it('ends the node in it in order: nothing runs, nothing is left in temporary folders', async () => {
    const place = await nodePlace();
    onTestFinished(place.close);
    const temporary = join(place.folder, 'temporary');
    mkdirSync(temporary);
    const env = { ...place.env, TMPDIR: temporary };
    const screen = openScreen({ folder: place.folder, cwd: place.folder, env, command: `exec ${process.execPath} ${TROUPE} up` });
    await screen.shows(/^ready/m, 60_000);
    screen.close();
    await eventually('the node has stopped in order', () => readFileSync(join(place.data, 'logs/node.log'), 'utf8').includes('"msg":"stopped"'), 30_000);
    await eventually('nothing is left', () => place.left().length === 0);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('ends the demo in it, which takes its folder away', async () => {
    const place = await nodePlace();
    onTestFinished(place.close);
    const temporary = join(place.folder, 'temporary');
    mkdirSync(temporary);
    const env = { ...place.env, TMPDIR: temporary };
    const screen = openScreen({ folder: place.folder, cwd: place.folder, env, command: `exec ${process.execPath} ${join(ROOT, 'dist/gateway/demo/main.js')}` });
    await screen.shows(/delegated by supervisor/, 60_000);
    screen.close();
    await eventually('its folder is gone', () => readdirSync(temporary).length === 0, 60_000);
  });
});
