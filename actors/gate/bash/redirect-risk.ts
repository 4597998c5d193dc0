// Redirections: what is opened, for reading or for writing, and the network that bash hides behind names of files.
import type { Redirection } from 'unbash';
import type { Finding } from '../../work/types.ts';
import { isBuildFile } from '../file/sensitive-places.ts';
import { finding } from '../verdict.ts';
import type { Arg, Span } from './arg.ts';
import { textOf } from './arg.ts';
import { pathFindings } from './path-use.ts';
import type { Scope } from './scope.ts';
import { argOf } from './words.ts';

function writeFindings(target: Arg, scope: Scope, span: Span): Finding[] {
  const build = target.texts.some(isBuildFile);
  const blind = build ? [finding('HIGH', 'bash-redirect-build-file', 'writes a file that later builds and tests obey', span)] : [];
  return [...blind, ...pathFindings(target, 'write', scope)];
}

export function redirectFindings(node: Redirection, scope: Scope): Finding[] {
  const span: Span = [node.pos, node.end];
  const variable = node.descriptor?.type === 'FileDescriptorVariable' ? [finding('HIGH', 'bash-redirect-variable', 'a redirection that sets a variable', span)] : [];
  if (node.type !== 'Redirect') return variable;
  if (node.target === undefined) return [finding('HIGH', 'bash-not-understood', 'a redirection to nothing', span)];
  const target = argOf(node.target, scope);
  const network = target.texts.some((text) => /^\/dev\/(tcp|udp)\//.test(text.replace(/\/+/g, '/')));
  if (network) return [...variable, finding('HIGH', 'bash-redirect-network', 'opens a connection to the network', span)];
  const text = textOf(target);
  if ((node.operator === '>&' || node.operator === '<&') && text !== undefined && /^(\d{1,3}-?|-)$/.test(text)) return variable;
  if (node.operator === '<' || node.operator === '<&') return [...variable, ...pathFindings(target, 'read', scope)];
  return [...variable, ...writeFindings(target, scope, span)];
}
