// Secrets never reach people through the inspector: members whose name says secret are shown as masked.

const SECRET = /token|secret|password|passwd|api_?key|private_?key|authorization|credential|cookie/i;

export function maskSecrets(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > 32) return '…';
  if (Array.isArray(value)) return value.map((item) => maskSecrets(item, depth + 1));
  const shown: Record<string, unknown> = {};
  for (const [key, part] of Object.entries(value)) shown[key] = SECRET.test(key) ? '***' : maskSecrets(part, depth + 1);
  return shown;
}
