import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readJson, readText } from '../../gateway/private-file.ts';
import { privateFolder } from '../support/private-folder.ts';

describe('a small file', () => {
  it('that is not there is none, also where something above it is no folder', () => {
    const folder = privateFolder();
    writeFileSync(join(folder, 'file'), 'x');
    expect([readText(join(folder, 'none')), readText(join(folder, 'file', 'none')), readJson(join(folder, 'none'))]).toEqual([undefined, undefined, undefined]);
  });

  it('that is a folder is refused by its name, with what to do', () => {
    const folder = join(privateFolder(), 'plan.yaml');
    mkdirSync(folder);
    expect(() => readText(folder)).toThrow(expect.objectContaining({ code: 'UnreadableFile', message: `${folder} is a folder: name a file in it` }));
  });

  // Only root can become another user for a while.
  it.skipIf(process.getuid?.() !== 0)('of another user is refused by its name, with what to do', () => {
    const folder = privateFolder();
    const file = join(folder, 'node.json');
    writeFileSync(file, '{}', { mode: 0o600 });
    process.seteuid?.(65_534);
    try {
      expect(() => readJson(file)).toThrow(
        expect.objectContaining({ code: 'UnreadableFile', message: expect.stringMatching(/node\.json may not be read by this user: do this as its owner/) }),
      );
    } finally {
      process.seteuid?.(0);
    }
  });
});
