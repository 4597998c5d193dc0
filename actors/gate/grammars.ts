// Grammars that are loaded when a text first wants them. Like facts, an assessment is given them, and looks for nothing itself.
import type { SqliteSyntax } from '../../runtime/persistence/sqlite-syntax.ts';
import type { Questions } from './facts.ts';
import { loadPostgresGrammar, type PostgresGrammar } from './parse/parse-postgres.ts';

export interface Grammars {
  /** Undefined while it is not loaded: then what it would read is read by the house's own grammar, which knows less and so says HIGH sooner. */
  postgres(): PostgresGrammar | undefined;
  /** A second opinion on what the house's own grammar has read. */
  sqlite(): SqliteSyntax | undefined;
}

export const NO_GRAMMARS: Grammars = { postgres: () => undefined, sqlite: () => undefined };

/** Notes what is asked for, and has nothing. */
export function askedGrammars(questions: Questions): Grammars {
  const asked = (dialect: 'postgres' | 'sqlite') => (): undefined => {
    questions.grammars.add(dialect);
  };
  return { postgres: asked('postgres'), sqlite: asked('sqlite') };
}

export async function loadGrammars({ grammars }: Questions): Promise<Grammars> {
  const postgres = grammars.has('postgres') ? await loadPostgresGrammar() : undefined;
  const sqlite = grammars.has('sqlite') ? (await import('../../runtime/persistence/sqlite-syntax.ts')).openSqliteSyntax() : undefined;
  return { postgres: () => postgres, sqlite: () => sqlite };
}
