// What the authorization server is made with.
import type { Log } from '../../log.ts';
import type { Permission } from '../../operations/caller.ts';
import type { Identity } from '../identity.ts';

export interface ServerOptions {
  readonly identity: Identity;
  readonly log: Log;
  /** Fetches the metadata of clients that are named by a URL. Default false. */
  readonly clientDocuments: boolean;
  /** Of an operation of the table. */
  permissionFor(operation: string): Permission | undefined;
  record(kind: string, body: Readonly<Record<string, unknown>>): void;
}
