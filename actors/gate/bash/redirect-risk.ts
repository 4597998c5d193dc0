// Redirections: what is opened, for reading or for writing, and the network that bash hides behind names of files.
import type { Redirection } from 'unbash';
import type { Finding } from '../../work/types.ts';
import { isBuildFile } from '../file/sensitive-places.ts';
import { finding } from '../verdict.ts';
import type { Arg, Span } from './arg.ts';
import { textOf } from './arg.ts';
import { addPath } from './path-use.ts';
import type { Scope } from './scope.ts';
import { argOf } from './words.ts';

const isNetwork = (text: string): boolean => text.startsWith('/') && /^\/+dev\/+(tcp|udp)\//.test(text);

function judgeOpened(target: Arg, operator: string, scope: Scope, span: Span, found: Finding[]): void {
  const text = textOf(target);
  if ((operator === '>&' || operator === '<&') && text !== undefined && /^(\d{1,3}-?|-)$/.test(text)) return;
  if (operator === '<' || operator === '<&') return addPath(found, target, 'read', scope);
  if (target.texts.some(isBuildFile)) found.push(finding('HIGH', 'bash-redirect-build-file', 'writes a file that later builds and tests obey', span));
  addPath(found, target, 'write', scope);
}

export function judgeRedirect(node: Redirection, scope: Scope, found: Finding[]): void {
  const span: Span = [node.pos, node.end];
  if (node.type === 'Redirect' && node.target === undefined) {
    found.push(finding('HIGH', 'bash-not-understood', 'a redirection to nothing', span));
    return;
  }
  if (node.descriptor?.type === 'FileDescriptorVariable') found.push(finding('HIGH', 'bash-redirect-variable', 'a redirection that sets a variable', span));
  if (node.type !== 'Redirect' || node.target === undefined) return;
  const target = argOf(node.target, scope);
  if (target.texts.some(isNetwork)) found.push(finding('HIGH', 'bash-redirect-network', 'opens a connection to the network', span));
  else judgeOpened(target, node.operator, scope, span, found);
}
