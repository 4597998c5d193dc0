import { expect, it } from 'vitest';
import { Undoing } from '../../../gateway/node/undoing.ts';

it('undoes in reverse order, one after the other, each once', async () => {
  const undo = new Undoing();
  const log: string[] = [];
  undo.add(() => log.push('first'));
  undo.add(async () => {
    await Promise.resolve();
    log.push('second');
  });
  undo.add(() => log.push('third'));
  await undo.all();
  await undo.all();
  expect(log).toEqual(['third', 'second', 'first']);
});

it('a step that fails keeps no other from being undone, and its failure is told at the end', async () => {
  const undo = new Undoing();
  const log: string[] = [];
  undo.add(() => log.push('first'));
  undo.add(() => Promise.reject(new Error('late')));
  undo.add(() => {
    throw new Error('early');
  });
  await expect(undo.all()).rejects.toThrow('early');
  expect(log).toEqual(['first']);
});

it('what is added while it undoes is undone too', async () => {
  const undo = new Undoing();
  const log: string[] = [];
  undo.add(() => undo.add(() => log.push('late')));
  await undo.all();
  expect(log).toEqual(['late']);
});
