import { readFileSync } from 'node:fs';
import { forEachChild, parse, type SyntaxNode } from 'unbash';
import { describe, expect, it } from 'vitest';
import { KEPT_TREE } from '../../../../actors/gate/parse/kept-tree.ts';

function kindsIn(node: SyntaxNode, kinds = new Set<string>()): ReadonlySet<string> {
  kinds.add(node.type);
  forEachChild(node, (child) => {
    kindsIn(child, kinds);
  });
  return kinds;
}

function commandsOf(file: string): readonly string[] {
  const cases = readFileSync(new URL(`../../../gate/${file}`, import.meta.url), 'utf8')
    .trim()
    .split('\n');
  return cases.map((line) => JSON.parse(line).payload.command).filter((command) => typeof command === 'string');
}

describe('the tree that is kept', () => {
  it('is one that bash would run', () => expect(KEPT_TREE.errors ?? []).toEqual([]));

  it('holds every kind of node that labelled commands hold', () => {
    const kept = kindsIn(KEPT_TREE);
    for (const command of [...commandsOf('sample/bash.jsonl'), ...commandsOf('families/bash.jsonl')])
      for (const kind of kindsIn(parse(command))) expect(kept, command).toContain(kind);
  });
});
