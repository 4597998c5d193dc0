// The last output of a terminal that keeps no screen of its own, and who follows it. Bounded.
const KEPT_CHARS = 65_536;

export interface RecentOutput {
  add(text: string): void;
  text(): string;
  follow(listener: (text: string) => void): () => void;
}

export function recentOutput(): RecentOutput {
  const listeners = new Set<(text: string) => void>();
  let kept = '';
  return {
    add(text) {
      kept = (kept + text).slice(-KEPT_CHARS);
      for (const listener of listeners) listener(text);
    },
    text: () => kept,
    follow(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
