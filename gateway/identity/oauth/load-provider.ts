// Loads oidc-provider on its first use: a node that nobody logs in at does without it. What it would print on loading goes to the log.
import type { Log } from '../../log.ts';

export type OidcLibrary = typeof import('oidc-provider');

/** It is meant for Node 22 and says so on Node 20, where every suite of ours runs it. */
export async function loadProvider(log: Log): Promise<OidcLibrary> {
  const { warn } = console;
  console.warn = (text: unknown) => log.debug({ text }, 'a word of the authorization library');
  try {
    return await import('oidc-provider');
  } finally {
    console.warn = warn;
  }
}
