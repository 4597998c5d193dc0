// Tools as MCP lists them, derived from the operation table once: method `task.submit` is the tool `task_submit`, with the same schemas.
import type { Tool } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Operation } from '../operations/index.ts';

export function toolName(method: string): string {
  return method.replaceAll('.', '_');
}

export function toolCard({ name, title, summary, permission, destructive, idempotent, textOnly, input, output }: Operation): Tool {
  return {
    name: toolName(name),
    title,
    description: summary,
    inputSchema: schemaOf(input, 'input'),
    ...(textOnly ? {} : { outputSchema: schemaOf(output, 'output') }),
    // Everything acts on this node's own world, but what its agents do may reach beyond.
    annotations: { title, readOnlyHint: permission === 'read', destructiveHint: destructive, idempotentHint: idempotent, openWorldHint: permission !== 'read' },
  };
}

/** What an operation takes and what it answers, behind every door. */
export function schemasOf({ input, output }: Pick<Operation, 'input' | 'output'>) {
  return { input: schemaOf(input, 'input'), output: schemaOf(output, 'output') };
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Tool['inputSchema'] {
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return json as Tool['inputSchema'];
}
