// PostgreSQL's own grammar, compiled to WebAssembly: loaded when a text of that dialect is first assessed, and synchronous from then on.
// A text is taken only when all of it parsed.

/** A node of the tree, its kind as the one key: `{SelectStmt: {…}}`. */
export type PostgresNode = Readonly<Record<string, unknown>>;

export type ParsedPostgres =
  | { readonly ok: true; readonly statements: readonly PostgresNode[] }
  /** `at` counts bytes, as the grammar does. */
  | { readonly ok: false; readonly why: string; readonly at?: number };

export type PostgresGrammar = (sql: string) => ParsedPostgres;

interface Tree {
  readonly stmts?: readonly { readonly stmt?: PostgresNode }[];
}

/** The module keeps what it loaded, so this costs once. */
export async function loadPostgresGrammar(): Promise<PostgresGrammar> {
  const { loadModule, parseSync } = await import('libpg-query');
  await loadModule();
  return (sql) => {
    try {
      const { stmts = [] } = parseSync(sql) as Tree;
      return { ok: true, statements: stmts.map(({ stmt }) => stmt ?? {}) };
    } catch (error) {
      const { message, sqlDetails } = error as { readonly message?: string; readonly sqlDetails?: { readonly cursorPosition?: number } };
      const at = sqlDetails?.cursorPosition;
      return { ok: false, why: message ?? 'no reason', ...(at === undefined ? {} : { at }) };
    }
  };
}
