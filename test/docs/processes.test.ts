// docs/processes.md: every block of it is a piece of a program under docs/examples, which runs and does what the page says.
import { describe, expect, it } from 'vitest';
import { work } from '../../docs/examples/processes.ts';
import { blocksOf, regionOf } from '../support/doc-regions.ts';

const blocks = blocksOf('docs/processes.md');

describe('docs/processes.md', () => {
  it.each(blocks.map(({ source = '', text }) => [source, text]))('shows %s as it is', (source, text) => {
    expect(text).toBe(regionOf(source));
  });

  it('shows code that does what it says, over a restart of the node', async () => {
    expect(blocks.length).toBe(2);
    expect(await work()).toEqual({
      notices: ['printer is down: killed', 'apprentice has ended: killed'],
      came: 1,
      crew: ['printer'],
      taken: 'NameTaken',
    });
  });
});
