// Exit codes of the command line: 0 ok, 1 the work failed, 2 usage or invalid input, 3 no node reachable, 4 not permitted.
import { ERRORS, isCoded, type TroupeError } from '../../runtime/index.ts';

export const EXIT = { ok: 0, failed: 1, usage: 2, noNode: 3, notPermitted: 4 } as const;

const USAGE: readonly string[] = ['PortInUse', 'PortRefused', 'NoThinkingDriver', 'WorkspaceUnusable'];
const NO_NODE: readonly string[] = ['NodeUnreachable', 'NodeStarting', 'NodeStopped'];
const NOT_PERMITTED: readonly string[] = ['Unauthenticated', 'NotPermitted', 'ForeignRequest', 'TokenRefused', 'LoginNeeded', 'LoginFailed'];
/** A file that this user may not read. */
const isForbiddenFile = ({ code, details }: TroupeError): boolean => code === 'UnreadableFile' && (details.cause === 'EACCES' || details.cause === 'EPERM');
/** Rows of the error table about what somebody gave. */
const isInput = (error: TroupeError): boolean => ERRORS[error.code].rpc >= 1001 && ERRORS[error.code].rpc <= 1099;

export function exitCodeOf(error: unknown): number {
  if (!isCoded(error)) return EXIT.failed;
  if (NO_NODE.includes(error.code)) return EXIT.noNode;
  if (NOT_PERMITTED.includes(error.code) || isForbiddenFile(error)) return EXIT.notPermitted;
  return USAGE.includes(error.code) || isInput(error) ? EXIT.usage : EXIT.failed;
}

export function describeError(error: unknown): { readonly code: string; readonly message: string } {
  if (isCoded(error)) return { code: error.code, message: error.message };
  return { code: error instanceof Error ? error.name : 'Error', message: error instanceof Error ? error.message : String(error) };
}
