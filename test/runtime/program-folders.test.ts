// What a contained process of ours must be able to read.
import { describe, expect, it } from 'vitest';
import { programFolders } from '../../runtime/package-root.ts';

describe('the folders of our programs', () => {
  it('are all that was installed together, wherever the installer put it', () => {
    expect(programFolders('/home/a/app/node_modules/troupe')).toEqual(['/home/a/app/node_modules']);
    expect(programFolders('/home/a/app/node_modules/.pnpm/troupe@1.0.0/node_modules/troupe')).toEqual(['/home/a/app/node_modules']);
  });

  it('are a checkout, and the packages that it may link to', () => {
    expect(programFolders('/home/a/troupe')).toEqual(['/home/a/troupe', '/home/a/troupe/node_modules']);
  });
});
