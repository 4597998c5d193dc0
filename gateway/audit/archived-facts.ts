// Facts from the journal, and from the archives beside it what the journal holds no more: a read model that is built anew needs them all.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FactRow, Journal } from '../../runtime/index.ts';
import { archiveDir } from './audit-archive.ts';

type Facts = Pick<Journal, 'facts'>;

/** Where an archive was moved away it begins with what the journal holds: whoever wants no gap finds one. */
export function withArchivedFacts(journal: Facts, dataDir: string): Facts {
  // Pages are small beside a file: the one that was read last is most often the next.
  let read: { readonly name: string; readonly facts: readonly FactRow[] } | undefined;
  return {
    async facts(page) {
      const found = await journal.facts(page);
      const next = page.after + 1;
      if (found.length === 0 || found[0]?.seq === next) return found;
      const name = archiveOf(archiveDir(dataDir), next);
      if (name === undefined) return found;
      if (read?.name !== name) read = { name, facts: factsIn(readFileSync(join(archiveDir(dataDir), name), 'utf8')) };
      return read.facts.filter(({ seq }) => seq >= next).slice(0, page.limit);
    },
  };
}

const NAME = /^facts-(\d+)-(\d+)\.jsonl$/;

function archiveOf(dir: string, fact: number): string | undefined {
  if (!existsSync(dir)) return undefined;
  return readdirSync(dir).find((name) => {
    const [, first, last] = NAME.exec(name) ?? [];
    return first !== undefined && Number(first) <= fact && fact <= Number(last);
  });
}

/** Rows of the chain lie between them. */
function factsIn(text: string): FactRow[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as FactRow | { readonly seq?: undefined }).filter((row): row is FactRow => row.seq !== undefined);
}
