import { expect, it } from 'vitest';
import { describeError, exitCodeOf } from '../../../gateway/cli/exit-codes.ts';
import { codedError, ERRORS, type ErrorCode } from '../../../runtime/index.ts';

const EXPECTED: Readonly<Record<number, readonly ErrorCode[]>> = {
  2: ['InvalidConfig', 'InvalidInput', 'InvalidPlan', 'InvalidFleet', 'UnreadableFile', 'InvalidAddress', 'PortInUse', 'PortRefused', 'NoThinkingDriver', 'WorkspaceUnusable'],
  3: ['NodeUnreachable', 'NodeStarting', 'NodeStopped'],
  4: ['Unauthenticated', 'NotPermitted', 'ForeignRequest', 'TokenRefused', 'LoginNeeded', 'LoginFailed'],
  1: [
    'DataDirFull',
    'DataDirUnwritable',
    'DataDirInUse',
    'NodeNotReady',
    'TerminalFailed',
    'SessionNotReady',
    'NoSuchPlan',
    'NotDecided',
    'AskTimeout',
    'JournalUnavailable',
    'StopIncomplete',
  ],
};

it.each(Object.entries(EXPECTED).flatMap(([code, names]) => names.map((name) => [name, Number(code)] as const)))('%s exits %i', (name, code) => {
  expect(exitCodeOf(codedError(name))).toBe(code);
});

it('a file that this user may not read exits 4, and any other that cannot be read 2', () => {
  const exits = (cause: string) => exitCodeOf(codedError('UnreadableFile', { file: 'x', problem: 'y', cause }));
  expect([exits('EACCES'), exits('EPERM'), exits('EISDIR')]).toEqual([4, 4, 2]);
});

it('every error of the table has one of the four codes, and what is of no table is 1', () => {
  for (const name of Object.keys(ERRORS) as ErrorCode[]) expect([1, 2, 3, 4]).toContain(exitCodeOf(codedError(name)));
  expect([exitCodeOf(new Error('x')), exitCodeOf('text')]).toEqual([1, 1]);
});

it('is told with its code and its message', () => {
  expect(describeError(codedError('NoSuchPlan', { plan: 'p' }))).toEqual({ code: 'NoSuchPlan', message: "no plan 'p'; `troupe plans` lists them" });
  expect(describeError(new TypeError('odd'))).toEqual({ code: 'TypeError', message: 'odd' });
  expect(describeError('text')).toEqual({ code: 'Error', message: 'text' });
});
