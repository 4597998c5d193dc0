import { describe, expect, it } from 'vitest';
import { routeMail } from '../../../actors/agent/agent-mail.ts';
import { readOutsideMessage } from '../../../actors/fleet/outside-messages.ts';
import { decide } from '../../support/decide.ts';

describe('messages from outside', () => {
  it('are read by the schema of their receiver', () => {
    expect(readOutsideMessage('requests/p.t.0.1', { type: 'CANCEL', by: 'ann', why: 'w', extra: 1 })).toEqual({ ok: true, message: { type: 'CANCEL', by: 'ann', why: 'w' } });
    expect(readOutsideMessage('approvals/p.t.0.1', { type: 'GET' })).toEqual({ ok: true, message: { type: 'GET' } });
    expect(readOutsideMessage('agents/testing', { type: 'STOP', by: 'ann' })).toMatchObject({ ok: true });
    expect(readOutsideMessage('tasks/p.t', { type: 'RESOLVE', action: 'again', by: 'ann', why: 'w' })).toMatchObject({
      ok: false,
      reason: 'invalid',
      problem: expect.stringContaining('action'),
    });
  });

  it('cannot forge what actors tell each other', () => {
    for (const type of ['BEGIN', 'SUBMIT_STEP', 'STEP_CHANGED', 'OVERDUE', 'FORGET', 'INTERRUPT']) expect(readOutsideMessage('tasks/p.t', { type })).toMatchObject({ ok: false });
    for (const type of ['ASSIGN', 'TASK_ENDED', 'SESSION_READY', 'SUBMIT_PLAN', 'DELEGATE', 'CONFIGURE'])
      expect(readOutsideMessage('agents/a', { type })).toMatchObject({ ok: false });
    for (const type of ['FORGET', 'INTERRUPT', 'RESOLVE', 'APPROVAL_DECIDED', 'APPROVAL_WAITS'])
      expect(readOutsideMessage('requests/r', { type, by: 'a', why: 'w', action: 'rerun' })).toMatchObject({ ok: false });
    for (const type of ['DECIDE', 'USE', 'RETURNED', 'REQUEST_ENDED', 'ROUND_DECIDED'])
      expect(readOutsideMessage('approvals/r', { ...decide('approve', { login: true }), type })).toMatchObject({ ok: false });
    expect(readOutsideMessage('plans/p', { type: 'TASK_CHANGED' })).toMatchObject({ ok: false });
  });

  it('reach no supervisor and no session', () => {
    for (const address of ['requests', 'sessions/testing/terminal', 'agents', 'agents/a/b', ''])
      expect(readOutsideMessage(address, { type: 'GET' })).toMatchObject({ ok: false, reason: 'no_such_address' });
  });

  it('of an agent are always mail to agents, under the name it was authenticated by', () => {
    const mail = { id: 'p.t.0.1', kind: 'DECIDE', payload: { decision: 'approve' } };
    expect(routeMail('testing', { ...mail, to: 'database' })).toEqual({
      ok: true,
      address: 'agents/database',
      message: { type: 'MESSAGE', id: 'p.t.0.1', from: 'testing', kind: 'DECIDE', payload: { decision: 'approve' } },
    });
    expect(routeMail('testing', { ...mail, to: '*' })).toMatchObject({ ok: true, group: 'agents' });
    for (const to of ['../requests/p.t.0.1', 'a/b', '']) expect(routeMail('testing', { ...mail, to })).toEqual({ ok: false, reason: 'invalid_receiver' });
  });
});
