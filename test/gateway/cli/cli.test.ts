import { expect, it, onTestFinished } from 'vitest';
import { processTerminal } from '../../../gateway/cli/cli.ts';

it('a terminal that does not know its size counts as one of the usual size', () => {
  const { columns, rows } = process.stdout;
  const claim = (width: number, height: number): void => void Object.assign(process.stdout, { columns: width, rows: height });
  onTestFinished(() => claim(columns, rows));
  claim(0, 0);
  expect(processTerminal()).toMatchObject({ width: 120, height: 24 });
  claim(90, 30);
  expect(processTerminal()).toMatchObject({ width: 90, height: 30 });
});
