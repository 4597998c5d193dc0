import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { recentIds } from '../../../../actors/session/host/recent-ids.ts';
import { transcriptFile } from '../../../../actors/session/host/transcript-file.ts';
import { privateFolder } from '../private-folder.ts';

const folder = privateFolder();

it('keeps a bounded transcript: the present file and the one before it, over restarts', () => {
  const file = join(folder, 'a.log');
  writeFileSync(file, 'from before\n');
  const keep = transcriptFile(file, 10);
  keep('one\n');
  keep('two\n');
  expect([readFileSync(`${file}.1`, 'utf8'), readFileSync(file, 'utf8')]).toEqual(['from before\n', 'one\ntwo\n']);
});

it('goes on when the file cannot be written', () => {
  expect(() => transcriptFile(join(folder, 'missing', 'a.log'))('text')).not.toThrow();
});

it('knows the ids it saw lately, and only so many', () => {
  const isNew = recentIds(2);
  expect(['a', 'a', 'b', 'c', 'a'].map(isNew)).toEqual([true, false, true, true, true]);
});
