// Who asks for an operation, and what they may do.

export const PERMISSIONS = ['read', 'act', 'approve', 'admin'] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** Who asks, as authenticated. */
export interface Caller {
  readonly name: string;
  readonly permissions: readonly Permission[];
  /** Single operations that are permitted besides. */
  readonly operations?: readonly string[];
  /** What the token says; undefined for the admin token. */
  readonly token?: CallerToken;
  /** Absolute folder that the client says it works in. */
  readonly workspace?: string;
  /** Under which name the client says that it has this node among its MCP servers. */
  readonly server?: string;
  /** Undefined where each request stands for itself. */
  readonly connection?: Connection;
}

/** A session or a socket: everything that comes by it is of one client. */
export interface Connection {
  /** Guests that it has called as, by name, and their membership then. */
  readonly guests: Map<string, number>;
}

export function newConnection(): Connection {
  return { guests: new Map() };
}

export interface CallerToken {
  readonly id: string;
  /** For whom: a person, or a client of its own. */
  readonly subject: string;
  readonly subjectName: string;
  readonly client: string;
  readonly scopes: readonly string[];
  readonly audience: string;
  readonly expiresAt: number;
  /** Who acts for the subject, the latest first; empty for a token that was not delegated. */
  readonly actors: readonly string[];
  readonly family: string | undefined;
  readonly from: readonly string[];
}

/** Of operations: `task.submit`. */
export const OPERATION_NAME = /^[a-z]+\.[a-z]+$/;
