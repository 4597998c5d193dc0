// Which subscribers take a subject: a tree over tokens, so that many subscriptions cost a publisher little.

interface Node<T> {
  readonly next: Map<string, Node<T>>;
  readonly here: Set<T>;
}

function emptyNode<T>(): Node<T> {
  return { next: new Map(), here: new Set() };
}

export class SubjectIndex<T> {
  readonly #root: Node<T> = emptyNode();
  size = 0;

  add(pattern: string, subscriber: T): void {
    let node = this.#root;
    for (const token of pattern.split('.')) {
      let next = node.next.get(token);
      if (next === undefined) {
        next = emptyNode();
        node.next.set(token, next);
      }
      node = next;
    }
    if (node.here.has(subscriber)) return;
    node.here.add(subscriber);
    this.size += 1;
  }

  /** Branches that nobody is on any more go too. */
  remove(pattern: string, subscriber: T): void {
    const path: Array<{ readonly parent: Node<T>; readonly token: string }> = [];
    let node: Node<T> | undefined = this.#root;
    for (const token of pattern.split('.')) {
      path.push({ parent: node, token });
      node = node.next.get(token);
      if (node === undefined) return;
    }
    if (!node.here.delete(subscriber)) return;
    this.size -= 1;
    for (const { parent, token } of path.reverse()) {
      const child = parent.next.get(token);
      if (child !== undefined && child.here.size === 0 && child.next.size === 0) parent.next.delete(token);
    }
  }

  match(subject: string): T[] {
    const found: T[] = [];
    this.#collect(this.#root, subject.split('.'), 0, found);
    return found;
  }

  #collect(node: Node<T>, tokens: readonly string[], depth: number, found: T[]): void {
    const token = tokens[depth];
    if (token === undefined) {
      found.push(...node.here);
      return;
    }
    found.push(...(node.next.get('>')?.here ?? []));
    const exact = node.next.get(token);
    if (exact !== undefined) this.#collect(exact, tokens, depth + 1, found);
    const any = node.next.get('*');
    if (any !== undefined) this.#collect(any, tokens, depth + 1, found);
  }
}
